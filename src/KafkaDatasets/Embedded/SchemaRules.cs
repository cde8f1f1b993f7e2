using System.Text.RegularExpressions;
using Avro;

namespace KafkaDatasets.Embedded;

/// <summary>What a schema must fulfil to be registered.</summary>
internal static partial class SchemaRules
{
    /// <summary>Checks a schema.</summary>
    /// <param name="document">The schema.</param>
    /// <param name="resolve">Finds a schema that is referred to, or throws.</param>
    /// <exception cref="RegistryException">The schema is not valid.</exception>
    internal static void Check(SchemaDocument document, Func<SchemaReference, SchemaDocument> resolve)
    {
        switch (document.Type)
        {
            case SchemaDocument.Avro:
                CheckNames(Parse(document, resolve, new SchemaNames(), []), new HashSet<Schema>(ReferenceEqualityComparer.Instance));
                break;
            case SchemaDocument.Json or SchemaDocument.Protobuf when document.Text.Length > 0:
                foreach (SchemaReference reference in document.References)
                {
                    _ = resolve(reference);
                }

                break;
            default:
                throw RegistryException.InvalidSchema($"empty, or of a type that is not known: \"{document.Type}\"");
        }
    }

    private static Schema Parse(
        SchemaDocument document, Func<SchemaReference, SchemaDocument> resolve, SchemaNames names, HashSet<SchemaReference> parsed)
    {
        foreach (SchemaReference reference in document.References)
        {
            if (parsed.Add(reference with { Name = "" }))
            {
                _ = Parse(resolve(reference), resolve, names, parsed);
            }
        }

        try
        {
            return Schema.Parse(document.Text, names, null);
        }
        catch (Exception exception) when (exception is not RegistryException)
        {
            throw RegistryException.InvalidSchema(exception.Message);
        }
    }

    // Apache.Avro does not check namespaces and symbols.
    private static void CheckNames(Schema schema, HashSet<Schema> seen)
    {
        if (!seen.Add(schema))
        {
            return;
        }

        if (schema is NamedSchema named)
        {
            foreach (string part in named.Fullname.Split('.'))
            {
                CheckName(part, named.Fullname);
            }
        }

        switch (schema)
        {
            case RecordSchema record:
                foreach (Field field in record.Fields)
                {
                    CheckName(field.Name, $"{record.Fullname}.{field.Name}");
                    CheckNames(field.Schema, seen);
                }

                break;
            case EnumSchema enumeration:
                foreach (string symbol in enumeration.Symbols)
                {
                    CheckName(symbol, $"{enumeration.Fullname}.{symbol}");
                }

                break;
            case ArraySchema array:
                CheckNames(array.ItemSchema, seen);
                break;
            case MapSchema map:
                CheckNames(map.ValueSchema, seen);
                break;
            case UnionSchema union:
                foreach (Schema branch in union.Schemas)
                {
                    CheckNames(branch, seen);
                }

                break;
            case LogicalSchema logical:
                CheckNames(logical.BaseSchema, seen);
                break;
        }
    }

    private static void CheckName(string name, string where)
    {
        if (!Name().IsMatch(name))
        {
            throw RegistryException.InvalidSchema($"\"{name}\" in \"{where}\" is not an Avro name: letters, digits and _, and no digit first");
        }
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Name();
}
