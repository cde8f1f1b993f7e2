using System.Reflection;
using Confluent.Kafka;

namespace KafkaDatasets.Tests.Fetching.Consumer;

/// <summary>A consumer that does nothing but note which of its methods were called.</summary>
public class NoClient : DispatchProxy
{
    public List<string> Calls { get; } = [];

    public static IConsumer<int, int> Create(out List<string> calls)
    {
        IConsumer<int, int> consumer = Create<IConsumer<int, int>, NoClient>();
        calls = ((NoClient)(object)consumer).Calls;
        return consumer;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Calls.Add(targetMethod!.Name);
        return null;
    }
}
