/** Why a family differs from its peer on purpose; `docs/coming-from-jaxley.md` tells of each. */

/** @returns {string | undefined} the reason; undefined if there is none */
export function explanation(_family, _where) {
  return undefined;
}
