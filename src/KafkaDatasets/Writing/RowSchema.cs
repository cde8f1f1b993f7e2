using Avro;

namespace KafkaDatasets.Writing;

/// <summary>The schema that rows are written with, and the way to a topic with it.</summary>
internal static class RowSchema
{
    /// <summary>The schema of the options, or null: one is to be derived.</summary>
    public static RecordSchema? Given(KafkaWriterOptions options)
        => GivenJson(options) is { } json ? (RecordSchema)Schema.Parse(json) : null;

    /// <summary>Registers the schema and connects; the buffer comes with the frame that the values need.</summary>
    /// <exception cref="SchemaException">The registry cannot be reached or refuses the schema.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was refused, or the topic cannot be created.</exception>
    public static async Task<(TopicProducer Producer, AvroBuffer Buffer)> OpenAsync(string topic, RecordSchema schema, KafkaWriterOptions options, CancellationToken cancellationToken)
    {
        var buffer = new AvroBuffer();
        if (options.Format is RecordFormat.RegistryFormat format)
        {
            buffer.Frame(await SchemaRegistration.GetIdAsync(topic, format.Subject, schema.Fullname, GivenJson(options) ?? schema.ToString(), options, cancellationToken).ConfigureAwait(false));
        }

        return (await TopicProducer.OpenAsync(topic, options, cancellationToken).ConfigureAwait(false), buffer);
    }

    private static string? GivenJson(KafkaWriterOptions options) => (options.Format as RecordFormat.AvroFormat)?.SchemaJson ?? options.Schema;
}
