/** Why an entry could not be accepted; receipts and dead letters carry these codes. Each group sorted. */
export const quarantineCodes = {
  // the envelope
  call_invalid: 'The call is none of identify, track, page, screen, group and alias',
  context_invalid: 'The context is not an object of fields',
  customer_id_invalid: 'The customer id does not have the form of one',
  customer_missing: 'The event names no customer',
  event_field_unknown: 'The event has a field that envelopes do not have',
  event_invalid: 'The entry is not an object',
  from_the_future: 'The event says it happened more than 10 minutes from now',
  identifier_invalid: 'An identifier is not text, or cannot identify anyone where the type needs one',
  message_id_invalid: 'The message id is not well-formed text, or was sent before with an event of another kind',
  message_id_missing: 'The event has no message id',
  message_id_personal: 'The message id holds an e-mail address or an international phone number',
  message_id_too_long: 'The message id has more than 128 characters',
  occurred_at_invalid: 'The time of the event is not ISO-8601 with an offset, or does not exist',
  schema_version_unknown: 'The event has a version that its contract does not know',
  text_invalid: 'A text of the event holds half a character, which no text can',
  type_invalid: 'The type is neither snake_case nor a dotted name',
  type_missing: 'The event has no type',
  type_personal: 'The name of the event holds an e-mail address or a phone number',
  // the type
  type_reserved: 'Events of this type are recorded by the engine only',
  type_unknown: 'The workspace takes declared types only',
  // the body
  amount_invalid: 'An amount is not a decimal from 0, or too large to be exact',
  amount_too_precise: 'An amount has more decimals than its currency',
  contract_violated: 'The properties do not satisfy the contract of the type',
  currency_unknown: 'The currency is not in ISO 4217',
  event_too_deep: 'The event is nested too deeply',
  event_too_large: 'The event is larger than 32 KB',
  properties_invalid: 'The properties are not an object of fields',
  property_name_invalid: 'The name of a property is empty, too long, or holds U+0000',
  property_name_personal: 'The name of a property looks like an e-mail address or a phone number',
  property_name_reserved: 'A property has a name that is kept for the engine',
  // the tracking plan of the source
  plan_property_missing: 'The tracking plan requires a property that is missing',
  plan_property_type: 'A property is not of the type that the tracking plan says',
  plan_property_unknown: 'The event has a property that the tracking plan does not name',
  plan_type_unknown: 'The tracking plan does not name this type',
  // the customer
  customer_erased: 'The customer was erased',
  identifier_erased: 'An identifier belongs to someone who was erased and is not to come back',
  // the transport
  line_invalid: 'A line of the body is not JSON',
  webhook_id_unreadable: 'The callback does not name a message of this engine',
} as const satisfies Record<string, string>;

export type QuarantineCode = keyof typeof quarantineCodes;

/** One of the first things that are wrong with an event that is taken all the same, or kept back: told to its source. */
export interface IntakeWarning {
  readonly code: QuarantineCode;
  readonly detail: string;
  readonly pointer: string;
}

/** Why an entry is not accepted: `detail` and `pointer` hold nothing personal. */
export interface IntakeRefusal {
  readonly ok: false;
  readonly code: QuarantineCode;
  readonly detail: string;
  readonly pointer?: string;
}
