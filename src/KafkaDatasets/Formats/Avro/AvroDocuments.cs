using Confluent.SchemaRegistry;
using KafkaDatasets.Schemas;
using AvroException = global::Avro.AvroException;
using LogicalSchema = global::Avro.LogicalSchema;
using RecordSchema = global::Avro.RecordSchema;
using Schema = global::Avro.Schema;
using SchemaNames = global::Avro.SchemaNames;
using UnionSchema = global::Avro.UnionSchema;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Parses Avro schemas.</summary>
internal static class AvroDocuments
{
    /// <summary>Parses a schema.</summary>
    /// <exception cref="SchemaException">The document is not a valid Avro schema.</exception>
    public static Schema Parse(SchemaDocument document)
    {
        document.Require(SchemaType.Avro);
        Schema? schema = null;
        try
        {
            var names = new SchemaNames();
            foreach (string part in document.References.Select(r => r.Text).Append(document.Text))
            {
                schema = Schema.Parse(AvroSource.Mend(part), names);
                foreach (LogicalSchema logical in AvroTypes.All(schema).OfType<LogicalSchema>())
                {
                    AvroTypes.Remember(logical);
                }
            }
        }
        catch (Exception e) when (e is AvroException or Newtonsoft.Json.JsonException or ArgumentException or InvalidCastException or NullReferenceException)
        {
            throw new SchemaException($"The schema of {document.Name} is not a valid Avro schema: {e.Message}", e) { SchemaId = document.Id };
        }

        return schema is null or { Tag: Schema.Type.Null } or UnionSchema { Count: 0 }
            ? throw new SchemaException($"The schema of {document.Name} is of Avro type {schema?.Tag.ToString().ToLowerInvariant()}, which has no values.") { SchemaId = document.Id }
            : schema;
    }

    /// <summary>Parses the schema of a record.</summary>
    /// <exception cref="SchemaException">The document is not a valid Avro schema of a record.</exception>
    public static RecordSchema ParseRecord(SchemaDocument document)
    {
        Schema schema = Parse(document);
        return schema as RecordSchema
            ?? throw new SchemaException($"The schema of {document.Name} is of Avro type {schema.Tag.ToString().ToLowerInvariant()}, not of a record.") { SchemaId = document.Id };
    }
}
