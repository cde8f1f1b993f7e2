using System.Diagnostics;
using System.Net;
using Confluent.SchemaRegistry;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Schemas;
using Xunit;

namespace KafkaDatasets.Tests.Schemas;

public sealed class RegistrySchemasTests
{
    private const string Schema = """{"type":"record","name":"R","fields":[{"name":"x","type":"float"}]}""";

    private readonly MemoryRegistry _registry = MemoryRegistry.Create();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_schema_is_asked_for_once_however_many_threads_need_it()
    {
        var guid = Guid.NewGuid();
        int id = _registry.Add("s", Schema, guid);
        var go = new TaskCompletionSource();
        _registry.Before = _ => go.Task;
        RegistrySchemas schemas = Open();
        Task<SchemaDocument>[] asking = [.. Enumerable.Range(0, 50).Select(i => Task.Run(async () => i % 2 == 0 ? await schemas.GetAsync(id, Token) : await schemas.GetAsync(guid, Token), Token))];
        go.SetResult();
        SchemaDocument[] documents = await Task.WhenAll(asking);
        Assert.Equal(2, documents.Distinct().Count());
        Assert.Equal([$"guid {guid}", $"id {id}"], _registry.Asked.Order());
    }

    [Fact]
    public async Task A_schema_that_was_asked_for_by_its_subject_is_known_by_its_id_unless_the_subject_is_in_another_context()
    {
        int id = _registry.Add("s", Schema);
        int other = _registry.Add(":.test:s", Schema);
        RegistrySchemas schemas = Open();
        Assert.Equal($"subject 's' version 1 (id {id})", $"{await schemas.GetAsync("s", null, Token)}");
        SchemaDocument document = await schemas.GetAsync(id, Token);
        Assert.Equal((id, $"id {id}", Schema, null), (document.Id, document.Name, document.Text, document.Subject));
        await schemas.GetAsync(":.test:s", 1, Token);
        await schemas.GetAsync(other, Token);
        Assert.Equal(["latest s", "version :.test:s 1", $"id {other}"], _registry.Asked);
    }

    [Fact]
    public async Task A_registry_that_does_not_answer_is_a_fault_of_its_own()
    {
        int id = _registry.Add("s", Schema);
        _registry.Before = _ => new TaskCompletionSource().Task;
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(async () => await Open(TimeSpan.FromMilliseconds(50)).GetAsync(id, Token));
        Assert.True(e.IsRegistryFault);
        Assert.Contains($"id {id}", e.Message);
        using var over = new ManualResetEventSlim();
        _registry.Before = _ =>
        {
            over.Wait(Token); // a client that blocks its caller
            return Task.CompletedTask;
        };
        Assert.True((await Assert.ThrowsAsync<SchemaException>(async () => await Open(TimeSpan.FromMilliseconds(50)).GetAsync("s", null, Token))).IsRegistryFault);
        over.Set();
    }

    [Fact]
    public async Task A_wait_for_the_registry_ends_when_it_is_cancelled_and_harms_no_one_else()
    {
        int id = _registry.Add("s", Schema);
        var go = new TaskCompletionSource();
        _registry.Before = _ => go.Task;
        RegistrySchemas schemas = Open();
        using var cancellation = new CancellationTokenSource();
        Task<SchemaDocument> patient = schemas.GetAsync(id, Token).AsTask();
        Task<SchemaDocument> hasty = schemas.GetAsync(id, cancellation.Token).AsTask();
        long start = Stopwatch.GetTimestamp();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hasty.WaitAsync(Token));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 60);
        go.SetResult();
        Assert.Equal(id, (await patient).Id);
        Assert.Single(_registry.Asked);
    }

    [Fact]
    public async Task A_failure_after_a_cancelled_wait_is_not_remembered()
    {
        int id = _registry.Add("s", Schema);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource();
        _registry.Before = _ =>
        {
            asked.SetResult();
            return go.Task;
        };
        RegistrySchemas schemas = Open();
        using var cancellation = new CancellationTokenSource();
        Task<SchemaDocument> hasty = schemas.GetAsync(id, cancellation.Token).AsTask();
        await asked.Task;
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hasty);
        go.SetException(new HttpRequestException("down"));
        _registry.Before = null;
        Assert.Equal(id, (await Task.Run(async () =>
        {
            while (true)
            {
                try
                {
                    return await schemas.GetAsync(id, Token); // the first question may still be on its way out
                }
                catch (SchemaException) when (_registry.Asked.Count == 1)
                {
                }
            }
        }, Token)).Id);
        Assert.Equal(2, _registry.Asked.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, 40403, false, "the registry that the topic was written with")]
    [InlineData(HttpStatusCode.NotFound, 40401, false, "RegistrySubject")]
    [InlineData(HttpStatusCode.Unauthorized, 401, true, "credentials")]
    [InlineData(HttpStatusCode.Forbidden, 40301, true, "credentials")]
    [InlineData(HttpStatusCode.TooManyRequests, 42901, true, "42901")]
    [InlineData(HttpStatusCode.InternalServerError, 50001, true, "50001")]
    public async Task Errors_keep_the_registrys_code(HttpStatusCode status, int code, bool isRegistryFault, string part)
    {
        int id = _registry.Add("s", Schema);
        _registry.Before = _ => throw new SchemaRegistryException("reason", status, code);
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(async () => await Open().GetAsync(id, Token));
        Assert.Equal((code, isRegistryFault), (e.ErrorCode, e.IsRegistryFault));
        Assert.Contains(part, e.Message);
        Assert.IsType<SchemaRegistryException>(e.InnerException);
        _registry.Before = null;
        Assert.NotNull(await Open().GetAsync(id, Token));
    }

    [Fact]
    public async Task Anything_else_that_goes_wrong_is_a_registry_fault()
    {
        int id = _registry.Add("s", Schema);
        foreach (Exception fault in (Exception[])[new HttpRequestException("refused"), new IOException("cut"), new TaskCanceledException("the client's own time-out"), new InvalidOperationException("odd"), new Newtonsoft.Json.JsonReaderException("no JSON")])
        {
            _registry.Before = _ => Task.FromException(fault);
            SchemaException e = await Assert.ThrowsAsync<SchemaException>(async () => await Open().GetAsync(id, Token));
            Assert.True(e.IsRegistryFault);
            Assert.Contains(fault.Message, e.Message);
        }
    }

    [Fact]
    public async Task References_come_before_what_refers_to_them_each_once()
    {
        _registry.Add("a", """{"type":"record","name":"A","namespace":"n","fields":[{"name":"x","type":"int"}]}""");
        _registry.Add("b", """{"type":"record","name":"B","namespace":"n","fields":[{"name":"a","type":"n.A"}]}""", references: new SchemaReference("n.A", "a", 1));
        int id = _registry.Add("c", """{"type":"record","name":"C","namespace":"n","fields":[{"name":"b","type":"B"},{"name":"a","type":"n.A"}]}""", references: [new SchemaReference("n.A", "a", 1), new SchemaReference("n.B", "b", 1)]);
        SchemaDocument document = await Open().GetAsync(id, Token);
        Assert.Equal(["b.a.x", "a.x"], AvroColumns.Of(AvroDocuments.Parse(document), WantedColumns.None).Columns.Select(c => c.Name));
        Assert.Equal(["id 102", "version a 1", "version b 1"], _registry.Asked);
    }

    [Fact]
    public async Task Another_kind_of_schema_and_one_that_is_none_are_refused()
    {
        int json = _registry.Add("j", "{}", type: SchemaType.Json);
        int empty = _registry.Add("s", "\"null\"");
        int broken = _registry.Add("b", """{"type":"record","name":"R","fields":[{"name":"x","type":"Nowhere"}]}""");
        Assert.Contains("Json", (await Refused(json)).Message);
        Assert.Contains("no values", (await Refused(empty)).Message);
        Assert.Contains("Nowhere", (await Refused(broken)).Message);

        async Task<SchemaException> Refused(int id)
        {
            SchemaDocument document = await Open().GetAsync(id, Token);
            SchemaException e = Assert.Throws<SchemaException>(() => AvroDocuments.Parse(document));
            Assert.False(e.IsRegistryFault);
            Assert.Equal(id, e.SchemaId);
            return e;
        }
    }

    [Fact]
    public async Task A_subjects_newest_schema_is_asked_for_anew()
    {
        int first = _registry.Add("s", Schema);
        RegistrySchemas schemas = Open();
        Assert.Equal(first, (await schemas.GetAsync("s", null, Token)).Id);
        int second = _registry.Add("s", Schema);
        Assert.Equal(second, (await schemas.GetAsync("s", null, Token)).Id);
        Assert.Equal(first, (await schemas.GetAsync("s", 1, Token)).Id);
        Assert.Equal(40402, (await Assert.ThrowsAsync<SchemaException>(async () => await schemas.GetAsync("s", 9, Token))).ErrorCode);
    }

    private RegistrySchemas Open(TimeSpan? timeout = null) => new(_registry.Client, timeout ?? TimeSpan.FromSeconds(30), TimeProvider.System);
}
