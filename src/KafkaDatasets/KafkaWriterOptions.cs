using System.Diagnostics.CodeAnalysis;
using Confluent.SchemaRegistry;
using KafkaDatasets.Clients;
using KafkaDatasets.Fetching.Direct;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Schemas;
using KafkaDatasets.Shapes;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets;

/// <summary>How rows are written to a topic. All faults are reported at once when the writer is opened, never at the first row.</summary>
public sealed record KafkaWriterOptions
{
    /// <summary>Options with their defaults.</summary>
    public KafkaWriterOptions()
    {
    }

    /// <summary>Options with the settings of a Confluent.Kafka client: its servers become <see cref="BootstrapServers"/>, all else <see cref="ClientConfig"/>.</summary>
    /// <param name="client">For example a <see cref="Confluent.Kafka.ProducerConfig"/>.</param>
    [SetsRequiredMembers]
    public KafkaWriterOptions(Confluent.Kafka.ClientConfig client)
    {
        ArgumentNullException.ThrowIfNull(client);
        BootstrapServers = client.BootstrapServers ?? "";
        ClientConfig = ClientProperties.Of(client);
    }

    /// <summary>Host and port of one or more brokers, separated by commas.</summary>
    public required string BootstrapServers { get; init; }

    /// <summary>
    /// Further client settings by librdkafka's property names: <c>security.protocol</c>, <c>sasl.username</c> … They come before the defaults:
    /// <c>compression.type=snappy</c>, <c>linger.ms=500</c>, <c>batch.size=2000000</c>, <c>acks=all</c>, <c>enable.idempotence=true</c>,
    /// <c>queue.buffering.max.kbytes=65536</c>. A batch is also bounded by <c>batch.num.messages</c> (10,000) and <c>message.max.bytes</c>
    /// (1,000,000, which brokers accept by default). Default none. A constructor takes them from Confluent.Kafka's <see cref="Confluent.Kafka.ClientConfig"/>.
    /// </summary>
    public IReadOnlyDictionary<string, string> ClientConfig { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Makes tokens for <c>sasl.mechanism = OAUTHBEARER</c>, for example for MSK or Google Cloud: called before the first connection, and again before a token expires.
    /// A call may take as long as <see cref="Timeout"/>. Default null: no tokens.
    /// </summary>
    public Func<CancellationToken, Task<OAuthBearerToken>>? OAuthBearerTokenProvider { get; init; }

    /// <summary>
    /// Confluent's schema registry client, needed by the formats that have schemas, unless <see cref="Framing"/> is <see cref="SchemaFraming.None"/>;
    /// the caller's to configure and to dispose. Default null.
    /// </summary>
    public ISchemaRegistryClient? SchemaRegistry { get; init; }

    /// <summary>The format of the values. Default <see cref="WriteFormat.Avro"/>.</summary>
    public WriteFormat Format { get; init; } = WriteFormat.Avro;

    /// <summary>How records of a format with schemas say which schema they were written by. Default <see cref="SchemaFraming.IdPrefix"/>.</summary>
    public SchemaFraming Framing { get; init; } = SchemaFraming.IdPrefix;

    /// <summary>
    /// The schema to write with, an Avro record or a JSON Schema of an object; its fields are found by name, and others are not written.
    /// Default null: derived from the type or the view. A Protobuf schema is always derived.
    /// </summary>
    public string? Schema { get; init; }

    /// <summary>
    /// The field that is the record's key: text as UTF-8, numbers as text, Booleans as 1 and 0, bytes as they are, no key where there is no value. It is in the value
    /// too, and says to which partition the record goes, as for Java's producers (murmur2). With <see cref="WriteFormat.Csv"/> and <see cref="WriteFormat.Float32"/>
    /// it is neither: there it is the label, and the value is the features. Default null: no keys.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>
    /// The format of the keys, where the value's has schemas too: <see cref="WriteFormat.Avro"/>, <see cref="WriteFormat.Json"/> or <see cref="WriteFormat.Protobuf"/>. A key is
    /// a record with the one field that <see cref="Key"/> names, and null where that has no value; the record is called as the value's is, with <c>Key</c> behind the name.
    /// It is framed as values are, by <see cref="Framing"/> (the id before the key, or the GUID in the header <c>__key_schema_id</c>), its schema registered under the subject
    /// <c>TOPIC-key</c>, or what else <see cref="SubjectNameStrategy"/> says. Default null: text, as <see cref="Key"/> has it.
    /// </summary>
    public WriteFormat? KeyFormat { get; init; }

    /// <summary>The name of the record in a derived schema. Default null: the type's name (<c>[DataContract(Name = …)]</c> comes first), or <c>Row</c> for a view.</summary>
    public string? RecordName { get; init; }

    /// <summary>The namespace of the record in a derived schema. Default null: the type's namespace, or none for a view.</summary>
    public string? RecordNamespace { get; init; }

    /// <summary>The subject under which the schema of the values is registered; that of keys is under the one of <see cref="SubjectNameStrategy"/> all the same. Default null: that too.</summary>
    public string? Subject { get; init; }

    /// <summary>
    /// The subject under which the schema is registered, by Confluent's strategies; the record's name is an Avro record's or a Protobuf message's full name,
    /// or a JSON Schema's title. Default <see cref="SubjectNameStrategy.Topic"/>: <c>TOPIC-value</c>, and <c>TOPIC-key</c>.
    /// </summary>
    public SubjectNameStrategy SubjectNameStrategy { get; init; } = SubjectNameStrategy.Topic;

    /// <summary>Whether to register the schemas; when false each must be registered under its subject already. Default true.</summary>
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
    public override string ToString() => $"{nameof(KafkaWriterOptions)}({BootstrapServers}, {Format})";

    /// <summary>Whether schemas are registered.</summary>
    internal bool IsRegistered => HasSchema(Format) && Framing != SchemaFraming.None;

    /// <summary>Whether the key's field is in the value too, and says to which partition a record goes: it is and does, but where it is the label, and the value the features alone.</summary>
    internal bool IsKeyInValue => HasSchema(Format);

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
        else if (BrokerEndpoint.FaultOf(BootstrapServers) is { } fault)
        {
            faults.Add($"{nameof(BootstrapServers)}: {fault}");
        }

        CheckClient(faults);
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

    private void CheckClient(List<string> faults)
    {
        if (ClientConfig is null)
        {
            faults.Add($"{nameof(ClientConfig)} is null");
            return;
        }

        ClientProperties.Check(ClientConfig, BootstrapServers, OAuthBearerTokenProvider is not null, faults);
        ClientProperties.Probe(ClientConfig, faults);
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
        if (name is not null && !name.Split('.').All(SchemaName.IsValid))
        {
            faults.Add($"{option} '{name}' is not a name: {SchemaName.Rule}");
        }
    }

    private void CheckFormat(List<string> faults)
    {
        if (!Enum.IsDefined(Format))
        {
            faults.Add($"{nameof(Format)} is {Format}, which is none");
        }

        if (!Enum.IsDefined(Framing))
        {
            faults.Add($"{nameof(Framing)} is {Framing}, which is none");
        }

        if (IsRegistered && SchemaRegistry is null)
        {
            faults.Add($"{nameof(SchemaRegistry)} is null: {Format} needs a schema registry client, or {nameof(Framing)} = {nameof(SchemaFraming)}.{nameof(SchemaFraming.None)}");
        }

        if (IsRegistered && (Subject is null || KeyFormat is not null) && (SubjectNameStrategy == SubjectNameStrategy.None || !Enum.IsDefined(SubjectNameStrategy)))
        {
            faults.Add($"{nameof(SubjectNameStrategy)} is {SubjectNameStrategy}, which names no subject");
        }

        CheckEmpty(Subject, nameof(Subject), faults);
        CheckEmpty(Key, nameof(Key), faults);
        CheckKeyFormat(faults);
        if (Schema is not null && Format == WriteFormat.Avro)
        {
            CheckSchema(Schema, faults);
        }
        else if (Schema is not null && Format != WriteFormat.Json)
        {
            faults.Add($"{nameof(Schema)} is set, but {Format} {(Format == WriteFormat.Protobuf ? "derives its own" : "has none")}");
        }
    }

    private void CheckKeyFormat(List<string> faults)
    {
        if (KeyFormat is not { } format)
        {
            return;
        }

        if (!Enum.IsDefined(format) || !HasSchema(format))
        {
            faults.Add($"{nameof(KeyFormat)} is {format}: leave it null, which is text, or choose {WriteFormat.Avro}, {WriteFormat.Json} or {WriteFormat.Protobuf}");
        }
        else if (!HasSchema(Format))
        {
            faults.Add($"{nameof(KeyFormat)} is {format}, but with {Format} the key is the label, which is text: leave {nameof(KeyFormat)} null");
        }

        if (Key is null)
        {
            faults.Add($"{nameof(KeyFormat)} is {format}, but {nameof(Key)} is null: name the field that is the key");
        }
    }

    private static bool HasSchema(WriteFormat format) => format is not (WriteFormat.Csv or WriteFormat.Float32);

    private static void CheckEmpty(string? value, string option, List<string> faults)
    {
        if (value is "")
        {
            faults.Add($"{option} is empty; leave it null");
        }
    }

    private static void CheckSchema(string json, List<string> faults)
    {
        try
        {
            AvroDocuments.ParseRecord(SchemaDocument.OfOptions(SchemaType.Avro, json));
        }
        catch (SchemaException e)
        {
            faults.Add($"{nameof(Schema)}: {e.Message.TrimEnd('.')}");
        }
    }
}
