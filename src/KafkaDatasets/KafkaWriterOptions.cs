using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Confluent.SchemaRegistry;
using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Ranges;
using KafkaDatasets.Schemas;
using KafkaDatasets.Shapes;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets;

/// <summary>Options of a writer. Invalid options are reported when the writer is opened, with every problem found.</summary>
public sealed record KafkaWriterOptions
{
    /// <summary>Creates options with default values.</summary>
    public KafkaWriterOptions()
    {
    }

    /// <summary>Creates options from the settings of a Confluent.Kafka client: its <c>bootstrap.servers</c> become <see cref="BootstrapServers"/>, everything else <see cref="ClientConfig"/>.</summary>
    /// <param name="client">The settings, for example a <see cref="Confluent.Kafka.ProducerConfig"/>.</param>
    [SetsRequiredMembers]
    public KafkaWriterOptions(Confluent.Kafka.ClientConfig client)
    {
        ArgumentNullException.ThrowIfNull(client);
        BootstrapServers = client.BootstrapServers ?? "";
        ClientConfig = ClientProperties.Of(client);
    }

    /// <summary>The host and port of one or more brokers, separated by commas.</summary>
    public required string BootstrapServers { get; init; }

    /// <summary>
    /// Additional client settings, by librdkafka's property names: <c>security.protocol</c>, <c>sasl.username</c> … They override the defaults:
    /// <c>compression.type=snappy</c>, <c>linger.ms=500</c>, <c>batch.size=2000000</c>, <c>acks=all</c>, <c>enable.idempotence=true</c>,
    /// <c>queue.buffering.max.kbytes=65536</c>, <c>topic.metadata.propagation.max.ms</c>: half of <see cref="Timeout"/>, from 1 to 10 seconds. A batch is also bounded by <c>batch.num.messages</c> (10,000) and <c>message.max.bytes</c>
    /// (1,000,000, which brokers accept by default). Default none. A constructor copies them from Confluent.Kafka's <see cref="Confluent.Kafka.ClientConfig"/>.
    /// </summary>
    public IReadOnlyDictionary<string, string> ClientConfig { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Creates tokens for <c>sasl.mechanism = OAUTHBEARER</c>, for example for MSK or Google Cloud. It is called before the first connection, and again before a token expires.
    /// A call may take as long as <see cref="Timeout"/>. Default null: no tokens.
    /// </summary>
    public Func<CancellationToken, Task<OAuthBearerToken>>? OAuthBearerTokenProvider { get; init; }

    /// <summary>
    /// Confluent's schema registry client. Required by the formats that have schemas, unless <see cref="Framing"/> is <see cref="SchemaFraming.None"/>;
    /// the caller configures and disposes it. Default null.
    /// </summary>
    public ISchemaRegistryClient? SchemaRegistry { get; init; }

    /// <summary>The format of the values. Default <see cref="WriteFormat.Avro"/>.</summary>
    public WriteFormat Format { get; init; } = WriteFormat.Avro;

    /// <summary>The byte order of the numbers of <see cref="WriteFormat.Float32"/> and <see cref="WriteFormat.Float64"/>; for the other formats it must keep its default. Default <see cref="ByteOrder.LittleEndian"/>.</summary>
    public ByteOrder ByteOrder { get; init; } = ByteOrder.LittleEndian;

    /// <summary>How records of a format with schemas identify the schema that they were written with. Default <see cref="SchemaFraming.IdPrefix"/>.</summary>
    public SchemaFraming Framing { get; init; } = SchemaFraming.IdPrefix;

    /// <summary>
    /// The schema to write with: an Avro record, or a JSON Schema of an object. Fields are matched by name; those that are not in the schema are not written.
    /// Default null: derived from the type or the view. Protobuf schemas are always derived.
    /// </summary>
    public string? Schema { get; init; }

    /// <summary>
    /// The field that becomes the record's key: text as UTF-8, numbers as text, Booleans as 1 and 0, bytes unchanged; a null field gives a record without a key. The field is also part of the value
    /// and determines the partition, as in Java's producers (murmur2). With <see cref="WriteFormat.Csv"/>, <see cref="WriteFormat.Float32"/> and <see cref="WriteFormat.Float64"/>
    /// it does neither: the key is the label, and the value contains only the features. Default null: no keys.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>
    /// The format of the keys: <see cref="WriteFormat.Avro"/>, <see cref="WriteFormat.Json"/> or <see cref="WriteFormat.Protobuf"/>, and only if <see cref="Format"/> is one of these too. A key is
    /// a record with the single field that <see cref="Key"/> names, or null if that field is null; the record is named like the value's record, with <c>Key</c> appended.
    /// Keys are framed like values, according to <see cref="Framing"/> (the id before the key, or the GUID in the header <c>__key_schema_id</c>), and their schema is registered under
    /// <c>TOPIC-key</c>, or the subject of <see cref="SubjectNameStrategy"/>. Default null: text, as described at <see cref="Key"/>.
    /// </summary>
    public WriteFormat? KeyFormat { get; init; }

    /// <summary>The name of the record in a derived schema. Default null: that of <c>[DataContract(Name = …)]</c> or the type's name, or <c>Row</c> for a view.</summary>
    public string? RecordName { get; init; }

    /// <summary>The namespace of the record in a derived schema. Default null: the type's namespace, or none for a view.</summary>
    public string? RecordNamespace { get; init; }

    /// <summary>The subject of the values' schema; that of keys always follows <see cref="SubjectNameStrategy"/>. Default null: determined by <see cref="SubjectNameStrategy"/>.</summary>
    public string? Subject { get; init; }

    /// <summary>
    /// The strategy (Confluent's) that names the subject under which a schema is registered; the record's name is an Avro record's or a Protobuf message's full name,
    /// or a JSON Schema's title. Default <see cref="SubjectNameStrategy.Topic"/>: <c>TOPIC-value</c>, and <c>TOPIC-key</c>.
    /// </summary>
    public SubjectNameStrategy SubjectNameStrategy { get; init; } = SubjectNameStrategy.Topic;

    /// <summary>Whether to register the schemas; if false, each must be registered under its subject already. Default true.</summary>
    public bool AutoRegisterSchema { get; init; } = true;

    /// <summary>The number of partitions of a topic that the writer creates. Default 6.</summary>
    public int Partitions { get; init; } = 6;

    /// <summary>The replication factor of a topic that the writer creates. Default −1: the broker's default.</summary>
    public short ReplicationFactor { get; init; } = -1;

    /// <summary>The configuration of a topic that the writer creates, for example <c>retention.ms</c>. Default empty.</summary>
    public IReadOnlyDictionary<string, string> TopicConfig { get; init; } = new Dictionary<string, string>();

    /// <summary>How long the brokers or the registry may be unreachable, or acknowledge no row, before opening or writing fails. Default 30 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Creates the loggers. Default null: nothing is logged.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Receives the writer's progress, at most every 100 ms and once when everything is written. Default null.</summary>
    public IProgress<WriteProgress>? Progress { get; init; }

    /// <summary>The clock and timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Describes the options without secrets.</summary>
    public override string ToString() => $"{nameof(KafkaWriterOptions)}({BootstrapServers}, {Format})";

    /// <summary>Whether schemas are registered.</summary>
    internal bool IsRegistered => HasSchema(Format) && Framing != SchemaFraming.None;

    /// <summary>Whether the key's field is also part of the value and determines the partition, which is so unless the key is the label and the value contains only the features.</summary>
    internal bool IsKeyInValue => HasSchema(Format);

    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    internal void Validate(string topic)
    {
        var faults = new List<string>();
        if (TopicName.FaultOf(topic) is { } nameFault)
        {
            faults.Add(nameFault);
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
            faults.Add($"{nameof(Partitions)} is {Partitions.ToString(CultureInfo.InvariantCulture)}: it must be at least 1");
        }

        if (ReplicationFactor is 0 or < -1)
        {
            faults.Add($"{nameof(ReplicationFactor)} is {ReplicationFactor.ToString(CultureInfo.InvariantCulture)}: it must be -1 or positive");
        }

        TimeFaults.CheckTimeout(Timeout, nameof(Timeout), faults);

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

        if (ClientConfig.ContainsKey("transactional.id"))
        {
            faults.Add($"{nameof(ClientConfig)} sets 'transactional.id', and a writer has no transactions: remove it");
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
            faults.Add($"{option} '{name}' is an invalid name: use {SchemaName.Rule}");
        }
    }

    private void CheckFormat(List<string> faults)
    {
        if (!Enum.IsDefined(Format))
        {
            faults.Add($"{nameof(Format)} is {Format}, which does not exist");
        }

        if (!Enum.IsDefined(Framing))
        {
            faults.Add($"{nameof(Framing)} is {Framing}, which does not exist");
        }

        if (!Enum.IsDefined(ByteOrder))
        {
            faults.Add($"{nameof(ByteOrder)} is {ByteOrder}, which does not exist");
        }
        else if (ByteOrder == ByteOrder.BigEndian && Format is not (WriteFormat.Float32 or WriteFormat.Float64))
        {
            faults.Add($"{nameof(ByteOrder)} is {ByteOrder}, but {Format} has a byte order of its own: leave {nameof(ByteOrder)} out");
        }

        if (IsRegistered && SchemaRegistry is null)
        {
            faults.Add($"{nameof(SchemaRegistry)} is null: {Format} needs a schema registry client, or {nameof(Framing)} = {nameof(SchemaFraming)}.{nameof(SchemaFraming.None)}");
        }

        if (IsRegistered && (Subject is null || KeyFormat is not null) && (SubjectNameStrategy == SubjectNameStrategy.None || !Enum.IsDefined(SubjectNameStrategy)))
        {
            faults.Add($"{nameof(SubjectNameStrategy)} is {SubjectNameStrategy}, which names no subject: set {nameof(Subject)}, or another strategy");
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

    private static bool HasSchema(WriteFormat format) => format is not (WriteFormat.Csv or WriteFormat.Float32 or WriteFormat.Float64);

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
