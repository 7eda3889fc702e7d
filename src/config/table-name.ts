/** AWS's rule for table names. */
export const tableNamePattern = /^[A-Za-z0-9_.-]{3,255}$/;
export const tableNameRule = 'must be 3 to 255 characters of A-Z, a-z, 0-9, `_`, `-` and `.`';
