using Avro;
using Confluent.SchemaRegistry;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Schemas;
using Schema = Avro.Schema;

namespace KafkaDatasets.Embedded;

/// <summary>The rules that a schema must follow to be registered.</summary>
internal static class SchemaRules
{
    /// <summary>Checks a schema.</summary>
    /// <param name="document">The schema.</param>
    /// <param name="resolve">Finds a referenced schema, or throws.</param>
    /// <exception cref="RegistryException">The schema is invalid.</exception>
    internal static void Check(PostedSchema document, Func<SchemaReference, PostedSchema> resolve)
    {
        if (document.Text.Length == 0)
        {
            throw RegistryException.InvalidSchema("empty");
        }

        var references = new List<ReferencedSchema>();
        Gather(document, resolve, references, []);
        try
        {
            switch (document.Type)
            {
                case PostedSchema.Avro:
                    CheckNames(AvroDocuments.Parse(Whole(SchemaType.Avro)));
                    break;
                case PostedSchema.Json:
                    break;
                case PostedSchema.Protobuf:
                    if (ProtobufDocuments.Parse(Whole(SchemaType.Protobuf)) is { MessageTypes.Count: 0, EnumTypes.Count: 0 })
                    {
                        throw RegistryException.InvalidSchema("a .proto file without a message or an enum");
                    }

                    break;
                default:
                    throw RegistryException.InvalidSchema($"of an unknown type: \"{document.Type}\"");
            }
        }
        catch (SchemaException e)
        {
            throw RegistryException.InvalidSchema(e.Message);
        }

        Schemas.SchemaDocument Whole(SchemaType type) => new(null, "the request", type, document.Text, references);
    }

    /// <summary>Collects the schemas that a schema references, each after its own references.</summary>
    private static void Gather(PostedSchema document, Func<SchemaReference, PostedSchema> resolve, List<ReferencedSchema> references, HashSet<SchemaReference> seen)
    {
        foreach (SchemaReference reference in document.References)
        {
            if (seen.Add(reference with { Name = "" }))
            {
                PostedSchema referred = resolve(reference);
                Gather(referred, resolve, references, seen);
                references.Add(new ReferencedSchema(reference.Name, referred.Text));
            }
        }
    }

    // Apache.Avro does not check namespaces and symbols.
    private static void CheckNames(Schema schema)
    {
        foreach (Schema each in AvroTypes.All(schema))
        {
            foreach (string part in (each as NamedSchema)?.Fullname.Split('.') ?? [])
            {
                CheckName(part, ((NamedSchema)each).Fullname);
            }

            foreach (string name in each switch { RecordSchema record => record.Fields.Select(f => f.Name), EnumSchema symbols => symbols.Symbols, _ => [] })
            {
                CheckName(name, $"{each.Fullname}.{name}");
            }
        }
    }

    private static void CheckName(string name, string where)
    {
        if (!Shapes.SchemaName.IsValid(name))
        {
            throw RegistryException.InvalidSchema($"\"{name}\" in \"{where}\" is not an Avro name: {Shapes.SchemaName.Rule}");
        }
    }
}
