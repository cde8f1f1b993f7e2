using AvroException = global::Avro.AvroException;
using RecordSchema = global::Avro.RecordSchema;
using Schema = global::Avro.Schema;
using UnionSchema = global::Avro.UnionSchema;

namespace KafkaDatasets.Schemas;

/// <summary>Parses Avro schemas.</summary>
internal static class AvroDocuments
{
    /// <summary>Parses a record, or the last record of a union in which it refers to those before it.</summary>
    /// <param name="json">The schema as JSON.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="id">Its id, if any.</param>
    /// <exception cref="SchemaException">It is not a record in Avro's schema language.</exception>
    public static RecordSchema Parse(string json, string name, int? id)
    {
        Schema schema;
        try
        {
            schema = Schema.Parse(json);
        }
        catch (Exception e) when (e is AvroException or Newtonsoft.Json.JsonException or ArgumentException or InvalidCastException or NullReferenceException)
        {
            throw new SchemaException($"The schema of {name} is not a schema of Avro: {e.Message}", e) { SchemaId = id };
        }

        return (schema is UnionSchema union ? union.Schemas[^1] : schema) as RecordSchema
            ?? throw new SchemaException($"The schema of {name} is of Avro type {schema.Tag.ToString().ToLowerInvariant()}; a dataset needs a record, whose fields become columns.") { SchemaId = id };
    }
}
