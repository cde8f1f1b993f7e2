namespace KafkaDatasets;

/// <summary>A broker and a schema registry inside the process, for trying out and for tests.</summary>
public sealed class EmbeddedKafka : IDisposable
{
    /// <summary>Host and port of the brokers.</summary>
    public string BootstrapServers => throw new NotImplementedException();

    /// <summary>The address of the schema registry.</summary>
    public string SchemaRegistryUrl => throw new NotImplementedException();

    /// <summary>Starts a broker and a registry on free ports of the loopback interface.</summary>
    public static EmbeddedKafka Start() => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
