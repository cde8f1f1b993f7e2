using System.Net;
using Confluent.SchemaRegistry;
using KafkaDatasets.Schemas;
using Xunit;

namespace KafkaDatasets.Tests.Schemas;

/// <summary>A registry that fails while records are read: what may pass is waited for, within the time-out; what will not is told at once.</summary>
public sealed class PersistentSchemasTests
{
    private const string Schema = """{"type":"record","name":"R","fields":[{"name":"x","type":"float"}]}""";

    private readonly MemoryRegistry _registry = MemoryRegistry.Create();

    public static TheoryData<string> Passing => [.. Failures().Keys.Except(["401", "403"])];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task What_may_pass_is_waited_for(string failure)
    {
        int id = _registry.Add("s", Schema);
        int left = 1;
        _registry.Before = _ => left-- > 0 ? throw Failures()[failure] : Task.CompletedTask;
        Assert.Equal(Schema, (await Schemas(TimeSpan.FromSeconds(30)).FindAsync(WriterSchemaId.FromId(id), Token)).Text);
        Assert.Equal(2, _registry.Asked.Count);
    }

    [Fact]
    public async Task Versions_are_asked_for_again_too()
    {
        int id = _registry.Add("s", Schema);
        int left = 1;
        _registry.Before = _ => left-- > 0 ? throw Failures()["503"] : Task.CompletedTask;
        Assert.True(await Schemas(TimeSpan.FromSeconds(30)).IsVersionAsync(new SchemaDocument(id, "R", SchemaType.Avro, Schema, []), "s", 1, Token));
    }

    [Theory]
    [InlineData("401")]
    [InlineData("403")]
    public async Task Refused_credentials_are_told_at_once(string failure)
    {
        _registry.Before = _ => throw Failures()[failure];
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => Schemas(TimeSpan.FromSeconds(30)).FindAsync(WriterSchemaId.FromId(7), Token).AsTask());
        Assert.Equal(failure, $"{e.HttpStatus}");
        Assert.Single(_registry.Asked);
    }

    [Fact]
    public async Task A_schema_that_does_not_exist_is_told_at_once()
    {
        await Assert.ThrowsAsync<SchemaException>(() => Schemas(TimeSpan.FromSeconds(30)).FindAsync(WriterSchemaId.FromId(7), Token).AsTask());
        Assert.Single(_registry.Asked);
    }

    /// <summary>The failure is told and not the time-out, also when the registry does not respond any more at the end.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_does_not_pass_is_told_after_the_timeout(bool endsSilent)
    {
        int asked = 0;
        _registry.Before = _ => asked++ > 0 && endsSilent ? Task.Delay(Timeout.Infinite, Token) : throw Failures()["503"];
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => Schemas(TimeSpan.FromSeconds(2.5)).FindAsync(WriterSchemaId.FromId(7), Token).AsTask());
        Assert.Equal(503, e.HttpStatus);
        Assert.True(asked > 1);
    }

    [Fact]
    public async Task The_wait_can_be_cancelled()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
        _registry.Before = _ =>
        {
            cancellation.Cancel();
            throw Failures()["503"];
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Schemas(TimeSpan.FromSeconds(30)).FindAsync(WriterSchemaId.FromId(7), cancellation.Token).AsTask());
    }

    /// <summary>A resolver of the caller's own is a registry too.</summary>
    [Fact]
    public async Task A_resolver_is_asked_again_too()
    {
        var resolver = new Faltering();
        var schemas = new PersistentSchemas(new ResolverSchemas(resolver, TimeSpan.FromSeconds(30), TimeProvider.System), TimeSpan.FromSeconds(30), TimeProvider.System, null);
        Assert.Equal(Schema, (await schemas.FindAsync(WriterSchemaId.FromId(7), Token)).Text);
        Assert.Equal(2, resolver.Asked);
    }

    private static Dictionary<string, Exception> Failures() => new()
    {
        ["401"] = new SchemaRegistryException("no", HttpStatusCode.Unauthorized, 401),
        ["403"] = new SchemaRegistryException("no", HttpStatusCode.Forbidden, 40301),
        ["404 of a proxy"] = new SchemaRegistryException("<html>", HttpStatusCode.NotFound, -1),
        ["429"] = new HttpRequestException("[http://r/] TooManyRequests 42901 slow down"),
        ["500"] = new HttpRequestException("[http://r/] InternalServerError 50001 oops"),
        ["503"] = new HttpRequestException("[http://r/] ServiceUnavailable -1"),
        ["refused"] = new HttpRequestException("[http://r/] HttpRequestException: Connection refused"),
        ["cut"] = new IOException("The response ended prematurely"),
        ["a page"] = new FormatException("Unexpected character encountered while parsing value: <"),
    };

    private PersistentSchemas Schemas(TimeSpan timeout) => new(new RegistrySchemas(_registry.Client, timeout, TimeProvider.System), timeout, TimeProvider.System, null);

    private sealed class Faltering : ISchemaResolver
    {
        public int Asked { get; private set; }

        public ValueTask<ResolvedSchema?> ResolveAsync(WriterSchemaId id, CancellationToken cancellationToken) =>
            Asked++ == 0 ? throw new HttpRequestException("not now") : new(new ResolvedSchema(SchemaType.Avro, Schema));
    }
}
