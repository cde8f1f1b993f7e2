using AvroException = global::Avro.AvroException;
using RecordSchema = global::Avro.RecordSchema;
using Schema = global::Avro.Schema;
using SchemaNames = global::Avro.SchemaNames;

namespace KafkaDatasets.Schemas;

/// <summary>Parses Avro schemas.</summary>
internal static class AvroDocuments
{
    /// <summary>Parses a record.</summary>
    /// <param name="json">The schema as JSON, after the schemas that it refers to.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="id">Its id, if any.</param>
    /// <exception cref="SchemaException">It is not a record in Avro's schema language.</exception>
    public static RecordSchema Parse(IReadOnlyList<string> json, string name, int? id)
    {
        Schema? schema = null;
        try
        {
            var names = new SchemaNames();
            foreach (string part in json)
            {
                schema = Schema.Parse(AvroSource.Mend(part), names);
            }
        }
        catch (Exception e) when (e is AvroException or Newtonsoft.Json.JsonException or ArgumentException or InvalidCastException or NullReferenceException)
        {
            throw new SchemaException($"The schema of {name} is not a schema of Avro: {e.Message}", e) { SchemaId = id };
        }

        return schema as RecordSchema
            ?? throw new SchemaException($"The schema of {name} is of Avro type {schema?.Tag.ToString().ToLowerInvariant()}; a dataset needs a record, whose fields become columns.") { SchemaId = id };
    }
}
