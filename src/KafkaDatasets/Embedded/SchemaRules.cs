using System.Text.RegularExpressions;
using Avro;
using Google.Protobuf;
using Google.Protobuf.Reflection;

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
                if (document.Type == SchemaDocument.Protobuf && !IsDescriptor(document.Text) && !Definition().IsMatch(document.Text))
                {
                    throw RegistryException.InvalidSchema("neither a .proto file with a message or an enum nor a file descriptor in base64");
                }

                foreach (SchemaReference reference in document.References)
                {
                    _ = resolve(reference);
                }

                break;
            default:
                throw RegistryException.InvalidSchema($"empty, or of a type that is not known: \"{document.Type}\"");
        }
    }

    /// <summary>Whether it is the form in which Confluent's serializers, but for Java, register: the bytes of a <c>FileDescriptorProto</c> in base64.</summary>
    private static bool IsDescriptor(string text)
    {
        try
        {
            return FileDescriptorProto.Parser.ParseFrom(Convert.FromBase64String(text)) is { MessageType.Count: > 0 } or { EnumType.Count: > 0 };
        }
        catch (Exception e) when (e is FormatException or InvalidProtocolBufferException)
        {
            return false;
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

    [GeneratedRegex(@"\b(message|enum)\s+[A-Za-z_][A-Za-z0-9_]*\s*\{")]
    private static partial Regex Definition();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Name();
}
