using Confluent.SchemaRegistry;
using AvroException = global::Avro.AvroException;
using RecordSchema = global::Avro.RecordSchema;
using Schema = global::Avro.Schema;
using SchemaNames = global::Avro.SchemaNames;

namespace KafkaDatasets.Schemas;

/// <summary>Parses Avro schemas.</summary>
internal static class AvroDocuments
{
    /// <summary>Parses a record.</summary>
    /// <exception cref="SchemaException">It is not a record in Avro's schema language.</exception>
    public static RecordSchema Parse(SchemaDocument document)
    {
        document.Require(SchemaType.Avro);
        Schema? schema = null;
        try
        {
            var names = new SchemaNames();
            foreach (string part in document.References.Select(r => r.Text).Append(document.Text))
            {
                schema = Schema.Parse(AvroSource.Mend(part), names);
            }
        }
        catch (Exception e) when (e is AvroException or Newtonsoft.Json.JsonException or ArgumentException or InvalidCastException or NullReferenceException)
        {
            throw new SchemaException($"The schema of {document.Name} is not a schema of Avro: {e.Message}", e) { SchemaId = document.Id };
        }

        return schema as RecordSchema
            ?? throw new SchemaException($"The schema of {document.Name} is of Avro type {schema?.Tag.ToString().ToLowerInvariant()}; a dataset needs a record, whose fields become columns.") { SchemaId = document.Id };
    }
}
