using System.Net;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Writing;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

public sealed class SchemaRegistrationTests
{
    private const string Schema = """{"type":"record","name":"R","namespace":"n","doc":"kept","fields":[{"name":"A","type":"float"}]}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SubjectNameStrategy.Topic, MessageComponentType.Value, "t-value")]
    [InlineData(SubjectNameStrategy.Topic, MessageComponentType.Key, "t-key")]
    [InlineData(SubjectNameStrategy.Record, MessageComponentType.Value, "n.R")]
    [InlineData(SubjectNameStrategy.Record, MessageComponentType.Key, "n.R")]
    [InlineData(SubjectNameStrategy.TopicRecord, MessageComponentType.Value, "t-n.R")]
    [InlineData(SubjectNameStrategy.TopicRecord, MessageComponentType.Key, "t-n.R")]
    public async Task Subject_is_that_of_the_strategy(SubjectNameStrategy strategy, MessageComponentType part, string subject)
    {
        (ISchemaRegistryClient client, FakeRegistry registry) = FakeRegistry.Create();
        Assert.Equal(1, await IdAsync(client, part, strategy));
        Assert.Equal([(subject, Schema)], registry.Registered);
    }

    [Fact]
    public async Task Subject_of_values_can_be_given()
    {
        (ISchemaRegistryClient client, FakeRegistry registry) = FakeRegistry.Create();
        await IdAsync(client, subject: "mine");
        await IdAsync(client, MessageComponentType.Key, subject: "mine");
        Assert.Equal(["mine", "t-key"], registry.Registered.Select(r => r.Subject));
    }

    [Fact]
    public async Task Without_registering_the_schema_must_be_there()
    {
        (ISchemaRegistryClient client, FakeRegistry registry) = FakeRegistry.Create();
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => IdAsync(client, register: false));
        Assert.Equal(40401, e.ErrorCode);
        Assert.Contains(nameof(KafkaWriterOptions.AutoRegisterSchema), e.Message);
        Assert.Empty(registry.Registered);

        await IdAsync(client);
        Assert.Equal(1, await IdAsync(client, register: false));
    }

    [Theory]
    [InlineData(HttpStatusCode.Conflict, 409, "compatible")]
    [InlineData(HttpStatusCode.UnprocessableEntity, 42201, "not valid")]
    [InlineData(HttpStatusCode.Unauthorized, 401, "credentials")]
    public async Task Refusal_keeps_the_registrys_code(HttpStatusCode status, int code, string remedy)
    {
        (ISchemaRegistryClient client, FakeRegistry registry) = FakeRegistry.Create();
        registry.Before = () => throw new SchemaRegistryException("said so", status, code);
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => IdAsync(client));
        Assert.Equal(code, e.ErrorCode);
        Assert.Contains("said so", e.Message);
        Assert.Contains("t-value", e.Message);
        Assert.Contains(remedy, e.Message);
    }

    [Fact]
    public async Task A_registry_that_is_not_there_is_named()
    {
        using var client = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = "http://127.0.0.1:9", MaxRetries = 1 });
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => IdAsync(client));
        Assert.Contains("127.0.0.1:9", e.Message);
        Assert.Null(e.ErrorCode);
    }

    [Fact]
    public async Task Wait_for_the_registry_ends_by_time_or_when_cancelled()
    {
        (ISchemaRegistryClient client, FakeRegistry registry) = FakeRegistry.Create();
        registry.Before = () => Task.Delay(Timeout.Infinite, CancellationToken.None);
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => IdAsync(client, timeout: TimeSpan.FromMilliseconds(50)));
        Assert.Contains("0.05 s", e.Message);

        using var cancel = new CancellationTokenSource();
        Task<int> waiting = IdAsync(client, cancellation: cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(60), Cancelled));
    }

    private static async Task<int> IdAsync(
        ISchemaRegistryClient client,
        MessageComponentType part = MessageComponentType.Value,
        SubjectNameStrategy strategy = SubjectNameStrategy.Topic,
        string? subject = null,
        bool register = true,
        TimeSpan? timeout = null,
        CancellationToken? cancellation = null)
        => (await SchemaRegistration.RegisterAsync(
            "t",
            part,
            new WrittenSchema("n.R", SchemaType.Avro, Schema),
            new KafkaWriterOptions
            {
                BootstrapServers = "unused:1",
                SchemaRegistry = client,
                Subject = subject,
                SubjectNameStrategy = strategy,
                AutoRegisterSchema = register,
                Timeout = timeout ?? TimeSpan.FromSeconds(30),
            },
            cancellation ?? Cancelled)).Id;
}
