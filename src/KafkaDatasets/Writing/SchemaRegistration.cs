using Confluent.Kafka;
using Confluent.SchemaRegistry;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Writing;

/// <summary>Finds or registers the schema of values or keys under its subject.</summary>
internal static class SchemaRegistration
{
    /// <returns>The schema's id, and its GUID if the framing requires it.</returns>
    /// <exception cref="SchemaException">The registry cannot be reached or refuses the schema, or has no GUIDs although the framing requires one.</exception>
    public static async Task<(int Id, Guid? Guid)> RegisterAsync(string topic, MessageComponentType part, WrittenSchema written, KafkaWriterOptions options, CancellationToken cancellationToken)
    {
        ISchemaRegistryClient registry = options.SchemaRegistry!;
        string? subject = part == MessageComponentType.Value ? options.Subject : null;
        try
        {
            subject ??= await Bounded(options.SubjectNameStrategy.ToAsyncDelegate(registry)(new SerializationContext(part, topic), written.Name)).ConfigureAwait(false);
            var schema = new Schema(written.Text, written.Type);
            if (options.Framing == SchemaFraming.IdPrefix)
            {
                return (await Bounded(options.AutoRegisterSchema ? registry.RegisterSchemaAsync(subject, schema) : registry.GetSchemaIdAsync(subject, schema)).ConfigureAwait(false), null);
            }

            RegisteredSchema registered = await Bounded(options.AutoRegisterSchema
                ? registry.RegisterSchemaWithResponseAsync(subject, schema)
                : registry.LookupSchemaAsync(subject, schema, ignoreDeletedSchemas: true)).ConfigureAwait(false);
            return Guid.TryParse(registered.Guid, out Guid guid)
                ? (registered.Id, guid)
                : throw new SchemaException($"The schema registry returns no GUID for the schema {written.Name} under subject '{subject}', which {nameof(SchemaFraming)}.{nameof(SchemaFraming.GuidHeader)} needs: use Confluent Platform 8.0 or later, or {nameof(SchemaFraming)}.{nameof(SchemaFraming.IdPrefix)}.") { Topic = topic };
        }
        catch (Exception e) when (e is not SchemaException && !(e is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            SchemaException fault = RegistryErrors.Of(e, registry, $"the schema {written.Name} under subject '{subject}'", options.Timeout, code => Remedy(code, options));
            throw new SchemaException(fault.Message, e) { Topic = topic, ErrorCode = fault.ErrorCode, HttpStatus = fault.HttpStatus };
        }

        Task<TResult> Bounded<TResult>(Task<TResult> call) => call.WaitAsync(options.Timeout, options.TimeProvider, cancellationToken);
    }

    private static string? Remedy(int code, KafkaWriterOptions options) => code switch
    {
        409 => "It is not compatible with the subject's earlier versions: change the schema, or write to another topic.",
        42201 => "The schema is not valid for this registry.",
        401 or 403 or 40101 or 40301 => "Check the credentials that the registry client was given.",
        _ when code is >= 40400 and < 40500 && !options.AutoRegisterSchema => $"Register it first, or set {nameof(KafkaWriterOptions.AutoRegisterSchema)}.",
        _ => null,
    };
}
