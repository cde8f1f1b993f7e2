using KafkaDatasets.Clients;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Direct;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

/// <summary>OAUTHBEARER with tokens that the program makes.</summary>
public class TokenTests
{
    private const string Hush = "hush-hush";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_token_and_its_extensions_are_sent_and_asked_for_again_only_when_it_is_old()
    {
        await using var broker = new ScriptedBroker { Log = DirectEngineTests.Numbers(2, 50, 10), Sasl = ("OAUTHBEARER", "", Hush) };
        int calls = 0;
        await using DirectEngine engine = Engine(broker, _ =>
        {
            calls++;
            return Task.FromResult(Token());
        });

        DirectEngineTests.AssertNumbers(await DirectEngineTests.ReadAsync(engine, DirectEngineTests.Snapshot((0, 0, 500), (1, 0, 500))), 0, 500);
        broker.CloseConnections();
        await engine.DescribeTopicAsync(ScriptedBroker.Topic, Cancelled);

        Assert.Equal(1, calls);
        Assert.True(broker.Connections > 1);
    }

    [Fact]
    public async Task A_session_that_ends_is_followed_by_another_with_a_token_that_is_young()
    {
        await using var broker = new ScriptedBroker
        {
            Log = DirectEngineTests.Numbers(1, 200, 10),
            Sasl = ("OAUTHBEARER", "", Hush),
            SessionMilliseconds = 20,
            Send = async (_, frame, stream, _) =>
        {
            await Task.Yield();
            await stream.WriteAsync(frame);
        }
        };
        int calls = 0;
        await using DirectEngine engine = Engine(broker, _ =>
        {
            calls++;
            return Task.FromResult(Token(TimeSpan.FromMilliseconds(20)));
        }, ("max.partition.fetch.bytes", "200"));

        for (int i = 0; i < 1000 && (broker.Connections < 2 || calls < 2); i++) // one pass may be over within a session
        {
            DirectEngineTests.AssertNumbers(await DirectEngineTests.ReadAsync(engine, DirectEngineTests.Snapshot((0, 0, 2000))), 0, 2000);
        }

        Assert.InRange(broker.Connections, 2, 10_000);
        Assert.InRange(calls, 2, 2 * broker.Connections); // so short a life may end while a connection is made
    }

    [Fact]
    public async Task A_token_that_is_refused_is_told_at_once_with_the_brokers_reason_and_without_the_token()
    {
        await using var broker = new ScriptedBroker { Sasl = ("OAUTHBEARER", "", "other") };
        await using DirectEngine engine = Engine(broker, _ => Task.FromResult(Token()));

        var e = await Assert.ThrowsAsync<BrokerException>(async () => await engine.DescribeTopicAsync(ScriptedBroker.Topic, Cancelled));

        Assert.True(e.IsAccessDenied);
        Assert.Equal(58, e.ErrorCode);
        Assert.Contains("OAuthBearerTokenProvider", e.Message, StringComparison.Ordinal);
        Assert.Contains("invalid_token", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Hush, e.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Hush, Token().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_has_expired_by_the_brokers_clock_is_replaced()
    {
        await using var broker = new ScriptedBroker { Log = DirectEngineTests.Numbers(1, 5, 10), Sasl = ("OAUTHBEARER", "", Hush) };
        int calls = 0;
        await using DirectEngine engine = Engine(broker, _ =>
        {
            calls++;
            return Task.FromResult(Token());
        });

        await engine.DescribeTopicAsync(ScriptedBroker.Topic, Cancelled);
        broker.RefusesNextToken = true;
        broker.CloseConnections();
        DirectEngineTests.AssertNumbers(await DirectEngineTests.ReadAsync(engine, DirectEngineTests.Snapshot((0, 0, 50))), 0, 50);

        Assert.Equal(2, calls);
    }

    public static TheoryData<string, Func<CancellationToken, Task<OAuthBearerToken>>> BadCallbacks => new()
    {
        { "no network to the identity provider", _ => throw new HttpRequestException("no network to the identity provider.") },
        { "returned null", _ => Task.FromResult<OAuthBearerToken>(null!) },
        { "empty", _ => Task.FromResult(new OAuthBearerToken { Value = "", ExpiresAt = DateTimeOffset.MaxValue }) },
        { "expired", _ => Task.FromResult(new OAuthBearerToken { Value = "x", ExpiresAt = DateTimeOffset.UnixEpoch }) },
    };

    [Theory]
    [MemberData(nameof(BadCallbacks), DisableDiscoveryEnumeration = true)]
    public async Task A_callback_that_fails_is_told_at_once_in_both_engines(string says, Func<CancellationToken, Task<OAuthBearerToken>> callback)
    {
        await using var broker = new ScriptedBroker { Sasl = ("OAUTHBEARER", "", Hush) };
        foreach (FetchEngine choice in new[] { FetchEngine.Direct, FetchEngine.Consumer })
        {
            await using IFetchEngine engine = FetchEngines.Create(choice, Context(broker, TimeSpan.FromMinutes(1), callback));

            var e = await Assert.ThrowsAsync<BrokerException>(async () => await engine.DescribeTopicAsync(ScriptedBroker.Topic, Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancelled));

            Assert.True(e.IsAccessDenied);
            Assert.Contains("OAuthBearerTokenProvider", e.Message, StringComparison.Ordinal);
            Assert.Contains(says, e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("..", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Without_a_callback_the_options_say_what_is_missing_and_do_not_blame_the_address()
    {
        var config = new Dictionary<string, string> { ["security.protocol"] = "SASL_SSL", ["sasl.mechanism"] = "OAUTHBEARER" };

        string reader = Assert.Single(Assert.Throws<InvalidOptionsException>(() => new KafkaDatasetOptions { BootstrapServers = "b:1", Format = RecordFormat.Float32(1), ClientConfig = config }.Validate("t")).Faults);
        string writer = Assert.Single(Assert.Throws<InvalidOptionsException>(() => new KafkaWriterOptions { BootstrapServers = "b:1", Framing = SchemaFraming.None, ClientConfig = config }.Validate("t")).Faults);

        Assert.Contains("set OAuthBearerTokenProvider", reader, StringComparison.Ordinal);
        Assert.Equal(reader, writer);
        new KafkaDatasetOptions { BootstrapServers = "b:1", Format = RecordFormat.Float32(1), ClientConfig = config, OAuthBearerTokenProvider = _ => Task.FromResult(Token()) }.Validate("t");
        new KafkaDatasetOptions { BootstrapServers = "b:1", Format = RecordFormat.Float32(1), ClientConfig = new Dictionary<string, string>(config) { ["sasl.oauthbearer.method"] = "oidc" } }.Validate("t");
        Assert.Throws<InvalidOptionsException>(() => new KafkaDatasetOptions { BootstrapServers = "b:1", Format = RecordFormat.Float32(1), OAuthBearerTokenProvider = _ => Task.FromResult(Token()) }.Validate("t"));
    }

    [Fact]
    public async Task A_token_is_renewed_after_four_fifths_of_its_life()
    {
        var clock = new ManualClock();
        int calls = 0;
        using var cache = new TokenCache(_ => Task.FromResult(new OAuthBearerToken { Value = $"{++calls}", ExpiresAt = clock.GetUtcNow() + TimeSpan.FromSeconds(100) }), TimeSpan.FromSeconds(30), clock);
        var seen = new List<string>();
        foreach (int seconds in new[] { 0, 79, 2, 78, 3 })
        {
            clock.Now += TimeSpan.FromSeconds(seconds);
            seen.Add((await cache.GetAsync(Cancelled)).Token.Value);
        }

        Assert.Equal(["1", "1", "2", "2", "3"], seen);
    }

    [Fact]
    public async Task A_callback_that_fails_is_tried_again_while_the_old_token_is_valid()
    {
        var clock = new ManualClock();
        int calls = 0;
        using var cache = new TokenCache(
            _ => ++calls is 2 or 4 or 5
                ? throw new HttpRequestException("a hiccup")
                : Task.FromResult(new OAuthBearerToken { Value = $"{calls}", ExpiresAt = clock.GetUtcNow() + TimeSpan.FromSeconds(100) }),
            TimeSpan.FromSeconds(30),
            clock);
        var seen = new List<string>();
        foreach (int seconds in new[] { 0, 85, 1, 85 })
        {
            clock.Now += TimeSpan.FromSeconds(seconds);
            seen.Add((await cache.GetAsync(Cancelled)).Token.Value);
        }

        Assert.Equal(["1", "1", "3", "3"], seen);
        clock.Now += TimeSpan.FromSeconds(20);
        await Assert.ThrowsAsync<BrokerException>(async () => await cache.GetAsync(Cancelled));
    }

    [Theory]
    [InlineData(FetchEngine.Direct)]
    [InlineData(FetchEngine.Consumer)]
    public async Task A_callback_that_never_returns_is_told_and_the_address_is_not_blamed(FetchEngine choice)
    {
        await using var broker = new ScriptedBroker { Sasl = ("OAUTHBEARER", "", Hush) };
        await using IFetchEngine engine = FetchEngines.Create(choice, Context(broker, TimeSpan.FromSeconds(3), _ => new TaskCompletionSource<OAuthBearerToken>().Task));

        var e = await Assert.ThrowsAsync<BrokerException>(async () => await engine.DescribeTopicAsync(ScriptedBroker.Topic, Cancelled));

        Assert.Contains("OAuthBearerTokenProvider returned no token within 3 s", e.Message, StringComparison.Ordinal);
    }

    private static OAuthBearerToken Token(TimeSpan? life = null) => new()
    {
        Value = Hush,
        ExpiresAt = DateTimeOffset.UtcNow + (life ?? TimeSpan.FromMinutes(5)),
        Extensions = new Dictionary<string, string> { ["logicalCluster"] = "lkc-1" },
    };

    private static DirectEngine Engine(ScriptedBroker broker, Func<CancellationToken, Task<OAuthBearerToken>> callback, params (string, string)[] more) =>
        new(Context(broker, TimeSpan.FromSeconds(30), callback, more));

    private static FetchContext Context(ScriptedBroker broker, TimeSpan timeout, Func<CancellationToken, Task<OAuthBearerToken>> callback, params (string, string)[] more) =>
        DirectEngineTests.Context(broker.Address, timeout, [("security.protocol", "SASL_PLAINTEXT"), ("sasl.mechanism", "OAUTHBEARER"), .. more]) with { TokenProvider = callback };

    private sealed class ManualClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
