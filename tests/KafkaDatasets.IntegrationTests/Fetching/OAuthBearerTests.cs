using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>OAUTHBEARER at a real broker that checks tokens without signatures and ends sessions after a few seconds: writer and both engines.</summary>
public sealed class OAuthBearerTests(OAuthBearerTests.Broker broker) : IClassFixture<OAuthBearerTests.Broker>
{
    private const int Rows = 5000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FetchEngine.Direct)]
    [InlineData(FetchEngine.Auto)]
    [InlineData(FetchEngine.Consumer)]
    public async Task What_is_written_with_tokens_is_read_with_tokens_over_many_sessions(FetchEngine engine)
    {
        string servers = await broker.ServersAsync();
        string topic = $"tokens-{engine}";
        int written = 0;
        int read = 0;
        var writerOptions = new KafkaWriterOptions
        {
            BootstrapServers = servers,
            ClientConfig = Broker.ClientConfig,
            OAuthBearerTokenProvider = _ => Task.FromResult(Broker.Token(ref written)),
            Format = WriteFormat.Float32,
            Partitions = 2,
        };
        await using (KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync(topic, writerOptions, Cancelled))
        {
            for (int i = 0; i < Rows; i++)
            {
                await writer.WriteAsync(new Row(i), Cancelled);
            }

            await writer.FlushAsync(Cancelled);
        }

        var options = new KafkaDatasetOptions
        {
            BootstrapServers = servers,
            ClientConfig = Broker.ClientConfig,
            OAuthBearerTokenProvider = _ => Task.FromResult(Broker.Token(ref read)),
            Format = RecordFormat.Float32(["X"]),
            Engine = engine,
        };
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, options, Cancelled);
        for (int passes = 0; passes < 3 || read < 3; passes++)
        {
            var rows = new List<float>();
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: Cancelled))
            {
                using (batch)
                {
                    for (int i = 0; i < batch.Rows; i++)
                    {
                        rows.Add(batch.Features[i, 0]);
                    }
                }
            }

            Assert.Equal(Enumerable.Range(0, Rows).Select(i => (float)i), rows.Order());
        }

        Assert.True(written > 0);
    }

    [Fact]
    public async Task A_token_that_the_broker_refuses_is_told_by_reader_and_writer_and_not_shown()
    {
        string servers = await broker.ServersAsync();
        Func<CancellationToken, Task<OAuthBearerToken>> bad = _ => Task.FromResult(new OAuthBearerToken { Value = Broker.Jwt(new { iss = "nobody-hush" }), ExpiresAt = DateTimeOffset.UtcNow.AddMinutes(1) });
        foreach (FetchEngine engine in new[] { FetchEngine.Direct, FetchEngine.Consumer })
        {
            var e = await Assert.ThrowsAsync<BrokerException>(() => KafkaDataset.OpenAsync(
                "any", new KafkaDatasetOptions { BootstrapServers = servers, ClientConfig = Broker.ClientConfig, OAuthBearerTokenProvider = bad, Format = RecordFormat.Float32(1), Engine = engine }, Cancelled));
            AssertDenied(e);
        }

        AssertDenied(await Assert.ThrowsAsync<BrokerException>(() => KafkaRecordWriter<Row>.OpenAsync(
            "any", new KafkaWriterOptions { BootstrapServers = servers, ClientConfig = Broker.ClientConfig, OAuthBearerTokenProvider = bad, Format = WriteFormat.Float32 }, Cancelled)));

        static void AssertDenied(BrokerException e)
        {
            Assert.True(e.IsAccessDenied, e.Message);
            Assert.DoesNotContain(Broker.Jwt(new { iss = "nobody-hush" }), e.ToString(), StringComparison.Ordinal);
        }
    }

    public sealed record Row(float X);

    public sealed class Broker : IAsyncDisposable
    {
        private const string Login = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"broker\";";
        private readonly Lazy<Task<KafkaCluster>> _cluster = new(() => KafkaCluster.StartAsync(SharedKafka.Home(), new KafkaClusterSettings
        {
            Listeners = ["SASL_PLAINTEXT"],
            Properties = new Dictionary<string, string>
            {
                ["sasl.enabled.mechanisms"] = "OAUTHBEARER",
                ["listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config"] = Login,
                ["listener.name.sasl_plaintext.oauthbearer.connections.max.reauth.ms"] = "3000",
            },
        }));

        public static IReadOnlyDictionary<string, string> ClientConfig { get; } = new Dictionary<string, string> { ["security.protocol"] = "SASL_PLAINTEXT", ["sasl.mechanism"] = "OAUTHBEARER" };

        public static OAuthBearerToken Token(ref int calls)
        {
            Interlocked.Increment(ref calls);
            DateTimeOffset now = DateTimeOffset.UtcNow;
            var end = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() + 5); // tokens count in seconds
            return new OAuthBearerToken { Value = Jwt(new { sub = "reader", iat = now.ToUnixTimeSeconds() - 1, exp = end.ToUnixTimeSeconds() }), ExpiresAt = end, Principal = "reader" };
        }

        /// <summary>A token without a signature.</summary>
        public static string Jwt(object claims) =>
            $"{Base64Url.EncodeToString("""{"alg":"none"}"""u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(claims)))}.";

        public async Task<string> ServersAsync() => (await _cluster.Value).Addresses("SASL_PLAINTEXT");

        public async ValueTask DisposeAsync()
        {
            if (_cluster.IsValueCreated)
            {
                (await _cluster.Value).Dispose();
            }
        }
    }
}
