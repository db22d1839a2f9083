/** A connection string of 155 bytes and 128 bytes `00 ff`, as zlib 1.3 deflates them at level 9. */
export const DEFLATED: Readonly<Record<'text' | 'bytes' | 'bomb', Buffer>> = {
  text: Buffer.from(
    'bY29CsMwDISfJt1qlSRdDKYd+h5BdUVj8I+QNOTxa0PHDDd83x0cN7WvkHoAZPb8x+fn7VI1korZ0YGFM/n7usxj9ejJKaKlVreKhUIXl8aDNVzjNN+UUOK+Mdo+La9Rq2ZpzSKJBSCL0AUMUjj5ckzlBw==',
    'base64',
  ),
  bytes: Buffer.from('Y/jPMKAQAA==', 'base64'),
  /** 9,000,000 zeros: a head, a run of zero bytes, a tail. */
  bomb: Buffer.concat([
    Buffer.from('ecc101010000008090feafee080a', 'hex'),
    Buffer.alloc(8747),
    Buffer.from('ae02', 'hex'),
  ]),
};
/** What the first of them inflates to. */
export const DEFLATED_TEXT: string =
  'postgres://app:postgres@db.internal.example:5432/app?application_name=app&options=-c%20search_path%3Dapp' +
  '&sslrootcert=/etc/ssl/certs/db.internal.example.pem';
