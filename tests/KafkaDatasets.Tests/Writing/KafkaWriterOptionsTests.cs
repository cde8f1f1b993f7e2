using Confluent.SchemaRegistry;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

public sealed class KafkaWriterOptionsTests
{
    [Fact]
    public async Task Every_fault_is_named_at_once()
    {
        var options = new KafkaWriterOptions
        {
            BootstrapServers = " ",
            Schema = "{",
            RecordName = "1st",
            RecordNamespace = "a..b",
            Partitions = 0,
            ReplicationFactor = 0,
            Timeout = TimeSpan.Zero,
            ClientConfig = new Dictionary<string, string> { ["acks"] = null! },
            TimeProvider = null!,
        };
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaRecordWriter<Row>.OpenAsync("", options, TestContext.Current.CancellationToken));
        Assert.Equal(11, e.Faults.Count);
        Assert.All(
            ["topic name", "BootstrapServers", "'acks'", "SchemaRegistry", "Schema: ", "RecordName", "RecordNamespace", "Partitions", "ReplicationFactor", "Timeout", "TimeProvider"],
            part => Assert.Contains(e.Faults, fault => fault.Contains(part, StringComparison.Ordinal)));
    }

    [Fact]
    public void What_contradicts_is_a_fault()
    {
        Assert.Contains("SchemaFraming.None", Fault(new() { BootstrapServers = "b:1", Format = WriteFormat.Protobuf }));
        Assert.Contains("derives its own", Fault(new() { BootstrapServers = "b:1", Format = WriteFormat.Protobuf, Framing = SchemaFraming.None, Schema = Valid }));
        Assert.Contains("has none", Fault(new() { BootstrapServers = "b:1", Format = WriteFormat.Csv, Schema = Valid }));
        Assert.Contains("Schema: The schema of the options is of Avro type int", Fault(new() { BootstrapServers = "b:1", Framing = SchemaFraming.None, Schema = "\"int\"" }));
        Assert.Contains("Key is empty", Fault(new() { BootstrapServers = "b:1", Format = WriteFormat.Float32, Key = "" }));
        Assert.Contains("KeyFormat is Csv: leave it null", Fault(new() { BootstrapServers = "b:1", Framing = SchemaFraming.None, Key = "A", KeyFormat = WriteFormat.Csv }));
        Assert.Contains("KeyFormat is 9: leave it null", Fault(new() { BootstrapServers = "b:1", Framing = SchemaFraming.None, Key = "A", KeyFormat = (WriteFormat)9 }));
        Assert.Contains("the key is the label", Fault(new() { BootstrapServers = "b:1", Format = WriteFormat.Csv, Key = "A", KeyFormat = WriteFormat.Avro }));
        Assert.Contains("Key is null: name the field", Fault(new() { BootstrapServers = "b:1", Framing = SchemaFraming.None, KeyFormat = WriteFormat.Json }));
        Assert.Contains("names no subject", Fault(new() { BootstrapServers = "b:1", SchemaRegistry = FakeRegistry.Create().Client, Subject = "s", SubjectNameStrategy = SubjectNameStrategy.None, Key = "A", KeyFormat = WriteFormat.Avro }));
        Assert.Contains("Format is 9", Fault(new() { BootstrapServers = "b:1", Format = (WriteFormat)9, Framing = SchemaFraming.None }));
        Assert.Contains("ByteOrder is 9", Fault(new() { BootstrapServers = "b:1", Format = WriteFormat.Float32, ByteOrder = (ByteOrder)9 }));
        Assert.Contains("Avro has a byte order of its own", Fault(new() { BootstrapServers = "b:1", Framing = SchemaFraming.None, ByteOrder = ByteOrder.BigEndian }));
        Assert.Contains("the key is the label", Fault(new() { BootstrapServers = "b:1", Format = WriteFormat.Float64, Key = "A", KeyFormat = WriteFormat.Avro }));
        Assert.Contains("Framing is 9", Fault(new() { BootstrapServers = "b:1", SchemaRegistry = FakeRegistry.Create().Client, Framing = (SchemaFraming)9 }));
        Assert.Contains("names no subject", Fault(new() { BootstrapServers = "b:1", SchemaRegistry = FakeRegistry.Create().Client, SubjectNameStrategy = SubjectNameStrategy.None }));
    }

    [Fact]
    public void A_timeout_that_no_timer_can_have_is_a_fault() =>
        Assert.Contains("Timeout is 10675199.02:48:05.4775807, not between zero and 24.", Fault(new() { BootstrapServers = "b:1", Format = WriteFormat.Csv, Timeout = TimeSpan.MaxValue }));

    [Fact]
    public async Task Settings_that_librdkafka_refuses_are_faults()
    {
        var options = new KafkaWriterOptions { BootstrapServers = "b:1", Framing = SchemaFraming.None, Schema = Valid, ClientConfig = new Dictionary<string, string> { ["no.such.setting"] = "1" } };
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaRecordWriter<Row>.OpenAsync("t", options, TestContext.Current.CancellationToken));
        Assert.Contains("no.such.setting", Assert.Single(e.Faults));
    }

    [Fact]
    public void Text_holds_no_secret()
    {
        var options = new KafkaWriterOptions { BootstrapServers = "b:1", ClientConfig = new Dictionary<string, string> { ["sasl.password"] = "hunter2" } };
        Assert.DoesNotContain("hunter2", options.ToString());
    }

    private const string Valid = """{"type":"record","name":"Row","fields":[{"name":"A","type":"float"}]}""";

    private static string Fault(KafkaWriterOptions options) => Assert.Single(Assert.Throws<InvalidOptionsException>(() => options.Validate("t")).Faults);

    [Fact]
    public async Task A_transactional_id_is_refused()
    {
        var options = new KafkaWriterOptions { BootstrapServers = "b:1", Framing = SchemaFraming.None, ClientConfig = new Dictionary<string, string> { ["transactional.id"] = "x" } };
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaRecordWriter<Row>.OpenAsync("t", options, TestContext.Current.CancellationToken));
        Assert.Contains("a writer has no transactions", Assert.Single(e.Faults));
    }

    private sealed class Row
    {
        public float A { get; init; }
    }
}
