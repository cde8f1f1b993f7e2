using System.Collections.Concurrent;
using System.Net;
using System.Reflection;
using Confluent.SchemaRegistry;

namespace KafkaDatasets.Tests.Schemas;

/// <summary>A registry client in memory that answers what readers ask, and can be made to fail or to wait.</summary>
public class MemoryRegistry : DispatchProxy
{
    private readonly List<Entry> _entries = [];

    /// <summary>What was asked so far.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>Runs before each answer.</summary>
    public Func<string, Task>? Before { get; set; }

    public ISchemaRegistryClient Client { get; private set; } = null!;

    public static MemoryRegistry Create()
    {
        ISchemaRegistryClient client = Create<ISchemaRegistryClient, MemoryRegistry>();
        var registry = (MemoryRegistry)(object)client;
        registry.Client = client;
        return registry;
    }

    public static SchemaRegistryException NotFound(int code) => new("Not found", HttpStatusCode.NotFound, code);

    /// <summary>Adds the next version of a subject.</summary>
    /// <returns>Its id.</returns>
    public int Add(string subject, string schema, Guid guid = default, SchemaType type = SchemaType.Avro, params SchemaReference[] references)
    {
        int id = 100 + _entries.Count;
        _entries.Add(new Entry(id, guid, new RegisteredSchema(subject, _entries.Count(e => e.Registered.Subject == subject) + 1, id, schema, type, [.. references])));
        return id;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => (targetMethod!.Name, args![0]) switch
    {
        (nameof(ISchemaRegistryClient.GetSchemaAsync), int id) => Schema($"id {id}", e => e.Id == id),
        (nameof(ISchemaRegistryClient.GetSchemaByGuidAsync), string guid) => Schema($"guid {guid}", e => e.Guid == Guid.Parse(guid)),
        (nameof(ISchemaRegistryClient.GetLatestSchemaAsync), string subject) => Registered($"latest {subject}", e => e.Registered.Subject == subject, 40401),
        (nameof(ISchemaRegistryClient.GetRegisteredSchemaAsync), string subject) => Registered($"version {subject} {args[1]}", e => e.Registered.Subject == subject && e.Registered.Version == (int)args[1]!, 40402),
        var other => throw new NotSupportedException(other.ToString()),
    };

    private async Task<Schema> Schema(string question, Predicate<Entry> match) => (await Registered(question, match, 40403)).Schema;

    private async Task<RegisteredSchema> Registered(string question, Predicate<Entry> match, int code)
    {
        Asked.Enqueue(question);
        await (Before?.Invoke(question) ?? Task.CompletedTask);
        return _entries.FindLast(match)?.Registered ?? throw NotFound(code);
    }

    private sealed record Entry(int Id, Guid Guid, RegisteredSchema Registered);
}
