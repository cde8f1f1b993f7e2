using System.Reflection;
using Confluent.SchemaRegistry;

namespace KafkaDatasets.Tests.Writing;

/// <summary>A registry client in memory that knows registering and look-ups, and can be made to refuse or never to answer.</summary>
public class FakeRegistry : DispatchProxy
{
    private readonly List<(string Subject, string Schema)> _registered = [];

    public IReadOnlyList<(string Subject, string Schema)> Registered => _registered;

    public Func<Task>? Before { get; set; }

    public static (ISchemaRegistryClient Client, FakeRegistry Registry) Create()
    {
        ISchemaRegistryClient client = Create<ISchemaRegistryClient, FakeRegistry>();
        return (client, (FakeRegistry)(object)client);
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
    {
        "get_MaxCachedSchemas" => 100,
        "get_Config" => Array.Empty<KeyValuePair<string, string>>(),
        nameof(ISchemaRegistryClient.RegisterSchemaAsync) => Register((string)args![0]!, (Schema)args[1]!),
        nameof(ISchemaRegistryClient.GetSchemaIdAsync) => Find((string)args![0]!, (Schema)args[1]!),
        nameof(ISchemaRegistryClient.GetSchemaAsync) => Task.FromResult(new Schema(_registered[(int)args![0]! - 1].Schema, SchemaType.Avro)),
        nameof(ISchemaRegistryClient.GetSchemaBySubjectAndIdAsync) => Task.FromResult(new Schema(_registered[(int)args![1]! - 1].Schema, SchemaType.Avro)),
        var other => throw new NotSupportedException(other),
    };

    private async Task<int> Register(string subject, Schema schema)
    {
        await (Before?.Invoke() ?? Task.CompletedTask);
        _registered.Add((subject, schema.SchemaString));
        return _registered.Count;
    }

    private Task<int> Find(string subject, Schema schema)
        => _registered.FindIndex(r => r == (subject, schema.SchemaString)) is >= 0 and var i
            ? Task.FromResult(i + 1)
            : throw new SchemaRegistryException("Subject not found", System.Net.HttpStatusCode.NotFound, 40401);
}
