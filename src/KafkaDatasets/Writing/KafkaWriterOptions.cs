using Confluent.SchemaRegistry;
using KafkaDatasets.Writing;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets;

/// <summary>How rows are written to a topic. All faults are reported at once when the writer is opened, never at the first row.</summary>
public sealed class KafkaWriterOptions
{
    /// <summary>Host and port of one or more brokers, separated by commas.</summary>
    public required string BootstrapServers { get; init; }

    /// <summary>
    /// Further client settings by librdkafka's property names: <c>security.protocol</c>, <c>sasl.username</c> … They come before the defaults:
    /// <c>compression.type=snappy</c>, <c>linger.ms=500</c>, <c>batch.size=2000000</c>, <c>acks=all</c>, <c>enable.idempotence=true</c>,
    /// <c>queue.buffering.max.kbytes=65536</c>. A batch is also bounded by <c>batch.num.messages</c> (10,000) and <c>message.max.bytes</c>
    /// (1,000,000, which brokers accept by default). Default none.
    /// </summary>
    public IReadOnlyDictionary<string, string> ClientConfig { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Confluent's schema registry client, needed by <see cref="RecordFormat.Registry"/>; the caller's to configure and to dispose. Default null.
    /// </summary>
    public ISchemaRegistryClient? SchemaRegistry { get; init; }

    /// <summary>
    /// How values are written. <see cref="RecordFormat.Registry"/>, the default: Avro, framed as Confluent's serializers frame it, with the schema
    /// registered under the subject of <see cref="SubjectNameStrategy"/>; <see cref="RecordFormat.RegistrySubject"/>: the same under a subject by name;
    /// <see cref="RecordFormat.Avro"/>: bare Avro of the given schema.
    /// </summary>
    public RecordFormat Format { get; init; } = RecordFormat.Registry;

    /// <summary>The Avro schema to write with, a record, as JSON. Fields are found by name. Default null: derived from the type or the view.</summary>
    public string? Schema { get; init; }

    /// <summary>The name of the record in a derived schema. Default null: the type's name (<c>[DataContract(Name = …)]</c> comes first), or <c>Row</c> for a view.</summary>
    public string? RecordName { get; init; }

    /// <summary>The namespace of the record in a derived schema. Default null: the type's namespace, or none for a view.</summary>
    public string? RecordNamespace { get; init; }

    /// <summary>The subject under which the schema is registered, by Confluent's strategies. Default <see cref="SubjectNameStrategy.Topic"/>: <c>TOPIC-value</c>.</summary>
    public SubjectNameStrategy SubjectNameStrategy { get; init; } = SubjectNameStrategy.Topic;

    /// <summary>Whether to register the schema; when false it must be registered under the subject already. Default true.</summary>
    public bool AutoRegisterSchema { get; init; } = true;

    /// <summary>The number of partitions, if the topic is absent and has to be created. Default 6.</summary>
    public int Partitions { get; init; } = 6;

    /// <summary>The replication factor, if the topic is created. Default −1: the broker's default.</summary>
    public short ReplicationFactor { get; init; } = -1;

    /// <summary>The topic's configuration, if it is created (<c>retention.ms</c> …). Default none.</summary>
    public IReadOnlyDictionary<string, string> TopicConfig { get; init; } = new Dictionary<string, string>();

    /// <summary>How long brokers or the registry may be unreachable, and rows without any acknowledgement, before opening or writing fails. Default 30 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where to log. Default null: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Told how far the writer has come, at most every 100 ms and once when all is written. Default null.</summary>
    public IProgress<WriteProgress>? Progress { get; init; }

    /// <summary>The clock. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The options without any secret.</summary>
    public override string ToString() => $"{nameof(KafkaWriterOptions)}({BootstrapServers}, {Format?.GetType().Name})";

    /// <exception cref="InvalidOptionsException">Names every fault.</exception>
    internal void Validate(string topic)
    {
        var faults = new List<string>();
        if (topic is null or "" or "." or ".." || topic.Length > 249 || !topic.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
        {
            faults.Add($"'{topic}' is not the name of a topic: 1 to 249 letters, digits, '.', '_' and '-'");
        }

        if (string.IsNullOrWhiteSpace(BootstrapServers))
        {
            faults.Add($"{nameof(BootstrapServers)} is empty: give host:port of at least one broker");
        }

        CheckSettings(ClientConfig, nameof(ClientConfig), faults);
        CheckSettings(TopicConfig, nameof(TopicConfig), faults);
        CheckFormat(faults);
        CheckName(RecordName, nameof(RecordName), faults);
        if (RecordNamespace is { Length: > 0 })
        {
            CheckName(RecordNamespace, nameof(RecordNamespace), faults);
        }

        if (Partitions < 1)
        {
            faults.Add($"{nameof(Partitions)} is {Partitions}, less than 1");
        }

        if (ReplicationFactor is 0 or < -1)
        {
            faults.Add($"{nameof(ReplicationFactor)} is {ReplicationFactor}, neither −1 nor more than 0");
        }

        if (Timeout <= TimeSpan.Zero)
        {
            faults.Add($"{nameof(Timeout)} is {Timeout}, not more than zero");
        }

        if (TimeProvider is null)
        {
            faults.Add($"{nameof(TimeProvider)} is null");
        }

        InvalidOptionsException.ThrowIfAny(nameof(KafkaWriterOptions), faults);
    }

    private static void CheckSettings(IReadOnlyDictionary<string, string>? settings, string name, List<string> faults)
    {
        if (settings is null)
        {
            faults.Add($"{name} is null");
            return;
        }

        faults.AddRange(settings.Where(s => s.Value is null).Select(s => $"{name} has no value for '{s.Key}'"));
    }

    private static void CheckName(string? name, string option, List<string> faults)
    {
        if (name is not null && !name.Split('.').All(AvroName.IsValid))
        {
            faults.Add($"{option} '{name}' is not a name in Avro: {AvroName.Rule}");
        }
    }

    private void CheckFormat(List<string> faults)
    {
        switch (Format)
        {
            case null:
                faults.Add($"{nameof(Format)} is null");
                break;
            case RecordFormat.RegistryFormat { Version: { } version }:
                faults.Add($"{nameof(Format)} names version {version}: a writer registers its own version, leave it null");
                break;
            case RecordFormat.RegistryFormat when SchemaRegistry is null:
                faults.Add($"{nameof(SchemaRegistry)} is null: {nameof(RecordFormat)}.{nameof(RecordFormat.Registry)} needs a schema registry client, or choose another {nameof(Format)}");
                break;
            case RecordFormat.RegistryFormat { Subject: null } when SubjectNameStrategy == SubjectNameStrategy.None || !Enum.IsDefined(SubjectNameStrategy):
                faults.Add($"{nameof(SubjectNameStrategy)} is {SubjectNameStrategy}, which names no subject");
                break;
            case RecordFormat.AvroFormat when Schema is not null:
                faults.Add($"{nameof(Schema)} is set though {nameof(Format)} has the schema");
                break;
        }

        if ((Format as RecordFormat.AvroFormat)?.SchemaJson is { } bare)
        {
            CheckSchema(bare, nameof(Format), faults);
        }
        else if (Schema is not null)
        {
            CheckSchema(Schema, nameof(Schema), faults);
        }
    }

    private static void CheckSchema(string json, string option, List<string> faults)
    {
        try
        {
            if (Avro.Schema.Parse(json) is not Avro.RecordSchema)
            {
                faults.Add($"{option} is not the schema of a record");
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            faults.Add($"{option} is not an Avro schema: {e.Message}");
        }
    }
}
