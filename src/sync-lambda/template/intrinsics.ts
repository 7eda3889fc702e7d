/** Anything that a template can hold. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value | undefined };
export type Resources = Readonly<Record<string, Value>>;

export const ref = (name: string): Value => ({ Ref: name });
export const sub = (text: string): Value => ({ 'Fn::Sub': text });
export const attribute = (resource: string, name: string): Value => ({ 'Fn::GetAtt': [resource, name] });
export const when = (condition: string, then: Value, otherwise: Value): Value => ({
  'Fn::If': [condition, then, otherwise],
});
export const nothing: Value = { Ref: 'AWS::NoValue' };
