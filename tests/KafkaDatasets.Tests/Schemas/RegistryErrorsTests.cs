using System.Net;
using System.Net.Sockets;
using Confluent.SchemaRegistry;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.Fetching;
using Xunit;

namespace KafkaDatasets.Tests.Schemas;

/// <summary>Confluent's own client at a registry that fails in all the ways that people meet, by reader and writer: the message names the address, the HTTP status and the remedy.</summary>
public sealed class RegistryErrorsTests
{
    private const string Html = "<html><body>Welcome</body></html>";

    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, string, int?, string> Failures => new()
    {
        { 500, """{"error_code":50001,"message":"Error in the backend data store"}""", null, "Error in the backend data store" },
        { 500, "", null, "registry's side" },
        { 500, Html, null, "registry's side" },
        { 502, Html, null, "proxies" },
        { 503, "", null, "registry's side" },
        { 429, """{"error_code":42901,"message":"slow down"}""", null, "Too many requests" },
        { 404, Html, null, "path" },
        { 404, "", null, "path" },
        { 404, """{"message":"no such page"}""", null, "path" },
        { 401, """{"error_code":401,"message":"Unauthorized"}""", 401, "credentials" },
        { 401, "", null, "credentials" },
        { 403, Html, null, "credentials" },
        { 403, """{"error_code":40301,"message":"Denied"}""", 40301, "credentials" },
        { 405, "", null, "path" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failing_registry_is_told_with_its_address_and_its_HTTP_status(int status, string body, int? code, string remedy)
    {
        using var stub = new StubRegistry(_ => (status, body));
        foreach ((string way, Func<ISchemaRegistryClient, Task> request) in Ways(Patient))
        {
            using var client = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = stub.Url.Replace("//", "//user:secret@", StringComparison.Ordinal), MaxRetries = 1, RetriesWaitMs = 1 });
            SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => request(client));
            Assert.True(e.HttpStatus == status && e.ErrorCode == code, $"{way}: {e.HttpStatus} {e.ErrorCode}");
            Assert.Contains(stub.Url, e.Message);
            Assert.Contains($"HTTP status {status}", e.Message);
            Assert.Contains(remedy, e.Message);
            Assert.DoesNotContain("secret", e.Message);
            Assert.DoesNotContain("cannot be reached", e.Message);
            Assert.DoesNotContain("..", e.Message);
            Assert.EndsWith(".", e.Message);
        }
    }

    [Fact]
    public async Task Something_that_is_no_registry_is_told_so()
    {
        using var stub = new StubRegistry(_ => (200, Html));
        foreach ((_, Func<ISchemaRegistryClient, Task> request) in Ways(Patient))
        {
            using var client = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = stub.Url, MaxRetries = 1 });
            SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => request(client));
            Assert.Contains(stub.Url, e.Message);
            Assert.Contains("not a schema registry's", e.Message);
        }
    }

    [Fact]
    public async Task A_port_where_nobody_listens_cannot_be_reached()
    {
        foreach ((_, Func<ISchemaRegistryClient, Task> request) in Ways(Patient))
        {
            using var client = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = "http://127.0.0.1:9", MaxRetries = 1 });
            SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => request(client));
            Assert.Contains("http://127.0.0.1:9 cannot be reached", e.Message);
            Assert.Null(e.HttpStatus);
        }
    }

    [Fact]
    public async Task A_client_without_retries_is_said_to_make_no_request()
    {
        using var stub = new StubRegistry(_ => (200, Html));
        foreach ((_, Func<ISchemaRegistryClient, Task> request) in Ways(Patient))
        {
            using var client = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = stub.Url, MaxRetries = 0 });
            SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => request(client));
            Assert.Contains($"{stub.Url} was not asked", e.Message);
            Assert.Contains("schema.registry.max.retries = 0", e.Message);
        }
    }

    [Fact]
    public async Task A_registry_that_is_silent_runs_out_of_time()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        string url = $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}";
        foreach ((_, Func<ISchemaRegistryClient, Task> request) in Ways(TimeSpan.FromMilliseconds(300)))
        {
            using var slow = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = url, MaxRetries = 1 });
            SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => request(slow));
            Assert.Contains($"{url} did not respond", e.Message);
            Assert.Contains("within 0.3 s", e.Message);
        }
    }

    [Fact]
    public async Task A_missing_subject_gets_the_name_that_was_probably_meant()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using var client = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });
        await client.RegisterSchemaAsync("Payments-value", """{"type":"record","name":"R","fields":[{"name":"x","type":"float"}]}""");
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => new FakeEngine([]).OpenAsync(
            new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = client, Format = RecordFormat.RegistrySubject("payments-value") }));
        Assert.EndsWith("Did you mean 'Payments-value'?", e.Message);
        Assert.Equal(40401, e.ErrorCode);
    }

    private static IEnumerable<(string Way, Func<ISchemaRegistryClient, Task> Request)> Ways(TimeSpan timeout) =>
    [
        ("id", async client => await Schemas(client, timeout).GetAsync(7, Token)),
        ("GUID", async client => await Schemas(client, timeout).GetAsync(Guid.NewGuid(), Token)),
        ("subject", async client => await Schemas(client, timeout).GetAsync("s", null, Token)),
        ("version", async client => await Schemas(client, timeout).GetAsync("s", 2, Token)),
        ("register", client => RegisterAsync(client, timeout, SchemaFraming.IdPrefix, true)),
        ("look up", client => RegisterAsync(client, timeout, SchemaFraming.IdPrefix, false)),
        ("register with GUID", client => RegisterAsync(client, timeout, SchemaFraming.GuidHeader, true)),
        ("look up GUID", client => RegisterAsync(client, timeout, SchemaFraming.GuidHeader, false)),
    ];

    private static RegistrySchemas Schemas(ISchemaRegistryClient client, TimeSpan timeout) => new(client, timeout, TimeProvider.System);

    private static Task RegisterAsync(ISchemaRegistryClient client, TimeSpan timeout, SchemaFraming framing, bool register) => KafkaDatasets.Writing.SchemaRegistration.RegisterAsync(
        "t",
        Confluent.Kafka.MessageComponentType.Value,
        new KafkaDatasets.Formats.Encoders.WrittenSchema("R", SchemaType.Avro, """{"type":"record","name":"R","fields":[{"name":"x","type":"float"}]}"""),
        new KafkaWriterOptions { BootstrapServers = "unused:1", SchemaRegistry = client, Framing = framing, AutoRegisterSchema = register, Timeout = timeout },
        Token);
}
