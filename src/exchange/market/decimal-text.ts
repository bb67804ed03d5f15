/**
 * Prices are whole ten-thousandths of a dollar and sizes whole hundredths of a share (millionths for trades), so that no
 * decimal passes through a float. Every tick size of the venue is a multiple of 0.0001.
 */

/** One dollar in ten-thousandths. */
export const ONE = 10_000;

const PRICE_DECIMALS = 4;
const SIZE_DECIMALS = 2;
const TRADE_SIZE_DECIMALS = 6;
const TRADE_PRICE_DECIMALS = 3;

function decimalText(units: number, decimals: number, keptDecimals: number): string {
  const unit = 10 ** decimals;
  if (keptDecimals === 0 && units % unit === 0) return String(units / unit);
  const digits = String(units).padStart(decimals + 1, "0");
  const whole = digits.slice(0, -decimals);
  let fraction = digits.slice(-decimals);
  while (fraction.length > keptDecimals && fraction.endsWith("0")) {
    fraction = fraction.slice(0, -1);
  }
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

const PRICE_TEXTS = Array.from({ length: ONE + 1 }, (_, price) =>
  decimalText(price, PRICE_DECIMALS, 0),
);

/** A price in ten-thousandths as the venue writes it in levels: without trailing zeros. */
export function priceText(price: number): string {
  return PRICE_TEXTS[price] ?? decimalText(price, PRICE_DECIMALS, 0);
}

/** A size in hundredths as the venue writes it: without trailing zeros. */
export function sizeText(size: number): string {
  return decimalText(size, SIZE_DECIMALS, 0);
}

/** A trade's size in millionths: without trailing zeros. */
export function tradeSizeText(size: number): string {
  return decimalText(size, TRADE_SIZE_DECIMALS, 0);
}

/** A price in ten-thousandths as a book's `last_trade_price` has it: always three decimals. */
export function tradePriceText(price: number): string {
  return decimalText(price, PRICE_DECIMALS, TRADE_PRICE_DECIMALS);
}
