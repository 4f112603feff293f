import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';

/** What a value of the introspection takes, in values: some lists are longer than the average that is counted. */
export const VALUES_OF_INTROSPECTION = 4;

const SIZES = new WeakMap<GraphQLSchema, Record<string, number>>();

/** How many items the lists of the introspection have, on average over all types. */
export function introspectionSizes(schema: GraphQLSchema): Record<string, number> {
  let sizes = SIZES.get(schema);
  if (!sizes) SIZES.set(schema, (sizes = measure(schema)));
  return sizes;
}

function measure(schema: GraphQLSchema): Record<string, number> {
  const types = Object.values(schema.getTypeMap());
  const fields = types.flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [],
  );
  const inputs = types.flatMap((type) => (isInputObjectType(type) ? Object.values(type.getFields()) : []));
  const values = types.flatMap((type) => (isEnumType(type) ? type.getValues() : []));
  const args = fields.flatMap((field) => field.args);
  return {
    types: types.length,
    directives: schema.getDirectives().length,
    fields: Math.ceil(fields.length / types.length),
    inputFields: inputs.length / types.length,
    enumValues: values.length / types.length,
    args: args.length / fields.length,
    interfaces: 1,
    possibleTypes: 1,
  };
}
