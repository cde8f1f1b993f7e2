using System.Globalization;

namespace KafkaDatasets.IntegrationTests.Cluster;

/// <summary>A real schema registry (Apicurio, with its Confluent-compatible interface) on the loopback interface, schemas in memory.</summary>
internal sealed class SchemaRegistryServer : IDisposable
{
    private readonly JavaProcess _process;
    private readonly string _folder;

    private SchemaRegistryServer(string home, int port)
    {
        string jar = Directory.EnumerateFiles(home, "*-runner.jar").FirstOrDefault()
            ?? throw new FileNotFoundException($"There is no *-runner.jar in REGISTRY_HOME, {home}.");
        _folder = Directory.CreateTempSubdirectory("kafkadatasets-registry-").FullName;
        Url = $"http://127.0.0.1:{port}/apis/ccompat/v7";
        _process = JavaProcess.Start(["-Xmx384m", "-jar", jar], Path.Combine(_folder, "output.log"), new Dictionary<string, string>
        {
            ["QUARKUS_HTTP_HOST"] = "127.0.0.1",
            ["QUARKUS_HTTP_PORT"] = port.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <summary>The address that Confluent's client takes.</summary>
    public string Url { get; }

    public static async Task<SchemaRegistryServer> StartAsync(string home, CancellationToken cancellationToken = default)
    {
        var server = new SchemaRegistryServer(Path.GetFullPath(home), FreePorts.Next());
        try
        {
            await WaitAsync(server.Url, () => server._process.HasExited, () => server._process.LogTail, cancellationToken);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public static async Task WaitAsync(string url, Func<bool> hasEnded, Func<string> log, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await Until.TrueAsync(
            async () =>
            {
                if (hasEnded())
                {
                    throw new InvalidOperationException($"The schema registry has ended. {log()}");
                }

                try
                {
                    using HttpResponseMessage response = await http.GetAsync($"{url}/subjects", cancellationToken);
                    return response.IsSuccessStatusCode;
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(120),
            () => $"the schema registry at {url} does not answer. {log()}",
            cancellationToken);
    }

    public void Dispose()
    {
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
