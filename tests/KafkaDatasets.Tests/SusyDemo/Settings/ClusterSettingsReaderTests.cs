using SusyDemo;
using SusyDemo.Settings;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Settings;

public sealed class ClusterSettingsReaderTests : IDisposable
{
    private const string Complete = """
        # Confluent Cloud
        CCLOUD_BOOTSTRAP_ENDPOINT=SASL_SSL://pkc-1.example.org:9092
        CCLOUD_CLUSTER_API_KEY=KEY
        CCLOUD_CLUSTER_API_SECRET="se+cret/=="
        CCLOUD_SCHEMA_REGISTRY_ENDPOINT=https://psrc-1.example.org
        CCLOUD_SCHEMA_REGISTRY_API_KEY=SRKEY
        CCLOUD_SCHEMA_REGISTRY_API_SECRET=srsecret
        """;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Reads_the_demos_names()
    {
        ClusterSettings settings = Read(Complete)!;

        Assert.Equal("pkc-1.example.org:9092", settings.BootstrapServers);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["security.protocol"] = "SASL_SSL",
                ["sasl.mechanism"] = "PLAIN",
                ["sasl.username"] = "KEY",
                ["sasl.password"] = "se+cret/==",
            },
            settings.ClientConfig);
        Assert.Equal("https://psrc-1.example.org", settings.SchemaRegistryUrl);
        Assert.Equal("SRKEY:srsecret", settings.SchemaRegistryUserInfo);
    }

    [Fact]
    public void Says_nothing_secret()
    {
        string text = Read(Complete)!.ToString();

        Assert.DoesNotContain("cret", text);
        Assert.Contains("pkc-1.example.org:9092", text);
    }

    [Fact]
    public void The_command_line_comes_first_and_its_addresses_get_no_credentials()
    {
        ClusterSettings settings = Read(Complete, "localhost:9092", "http://localhost:8081")!;

        Assert.Equal("localhost:9092", settings.BootstrapServers);
        Assert.Empty(settings.ClientConfig);
        Assert.Equal("http://localhost:8081", settings.SchemaRegistryUrl);
        Assert.Null(settings.SchemaRegistryUserInfo);
    }

    [Fact]
    public void The_environment_comes_before_the_file()
    {
        string file = _directory.Write("x.env", Complete);

        ClusterSettings settings = new ClusterSettingsReader(name => name == "CCLOUD_CLUSTER_API_KEY" ? "FROM-ENVIRONMENT" : null).Read(null, null, file)!;

        Assert.Equal("FROM-ENVIRONMENT", settings.ClientConfig["sasl.username"]);
        Assert.Equal("SRKEY:srsecret", settings.SchemaRegistryUserInfo);
    }

    [Fact]
    public void One_message_lists_all_that_is_missing_and_no_secret()
    {
        var e = Assert.Throws<DemoException>(() => Read("""
            CCLOUD_BOOTSTRAP_ENDPOINT=host:9092
            CCLOUD_CLUSTER_API_SECRET=sesame
            CCLOUD_CLUSTER_API_KEY=
            CCLOUD_SCHEMA_REGISTRY_API_KEY=SRKEY
            """));

        Assert.Contains("CCLOUD_CLUSTER_API_KEY;", e.Message.Replace(", ", "; "));
        Assert.Contains("CCLOUD_SCHEMA_REGISTRY_ENDPOINT", e.Message);
        Assert.Contains("CCLOUD_SCHEMA_REGISTRY_API_SECRET", e.Message);
        Assert.DoesNotContain("CCLOUD_CLUSTER_API_SECRET", e.Message);
        Assert.DoesNotContain("sesame", e.Message);
    }

    [Theory]
    [InlineData("localhost:9092", null, "--schema-registry")]
    [InlineData(null, "http://localhost:8081", "--bootstrap-servers")]
    public void One_address_without_the_other_is_named(string? brokers, string? registry, string missing) =>
        Assert.Contains(missing, Assert.Throws<DemoException>(() => Read("", brokers, registry)).Message);

    [Fact]
    public void Nothing_at_all_is_no_cluster() => Assert.Null(Read("# empty\n"));

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Assert.Contains("nowhere.env", Assert.Throws<DemoException>(() => new ClusterSettingsReader(_ => null).Read(null, null, "nowhere.env")).Message);

    [Fact]
    public void A_file_that_is_malformed_does_not_leak_into_the_message()
    {
        var e = Assert.Throws<DemoException>(() => Read("CCLOUD_CLUSTER_API_SECRET='sesame"));

        Assert.DoesNotContain("sesame", e.Message);
    }

    [Theory]
    [InlineData("CCLOUD_BOOTSTRAP_ENPOINT", "CCLOUD_BOOTSTRAP_ENDPOINT")]
    [InlineData("CLOUD_CLUSTER_API_KEY", "CCLOUD_CLUSTER_API_KEY")]
    [InlineData("ccloud_cluster_api_secret", "CCLOUD_CLUSTER_API_SECRET")]
    [InlineData("CCLOUD_SCHEMA_REGISTRY_URL", "CCLOUD_SCHEMA_REGISTRY_")]
    public void A_misspelt_name_is_not_ignored_in_silence(string written, string meant)
    {
        string message = Assert.Throws<DemoException>(() => Read($"{written}=sesame")).Message;

        Assert.Contains($"{written} (did you mean {meant}", message);
        Assert.DoesNotContain("sesame", message);
    }

    [Fact]
    public void Names_of_other_programs_are_none_of_its_business() => Assert.NotNull(Read($"{Complete}\nPOSTGRES_PASSWORD=x\n"));

    [Fact]
    public void A_private_authority_is_for_brokers_and_registry()
    {
        string authority = _directory.Write("ca.pem", "-----BEGIN CERTIFICATE-----");
        string other = _directory.Write("other.pem", "-----BEGIN CERTIFICATE-----");

        ClusterSettings settings = Read($"{Complete}\nCCLOUD_SSL_CA_LOCATION={authority}\nCCLOUD_SCHEMA_REGISTRY_SSL_CA_LOCATION={other}\n")!;

        Assert.Equal(authority, settings.ClientConfig["ssl.ca.location"]);
        Assert.Equal(other, settings.SchemaRegistryCaFile);
        Assert.Contains("CCLOUD_SSL_CA_LOCATION is nowhere.pem", Assert.Throws<DemoException>(() => Read($"{Complete}\nCCLOUD_SSL_CA_LOCATION=nowhere.pem\n")).Message);
    }

    private ClusterSettings? Read(string file, string? brokers = null, string? registry = null) =>
        new ClusterSettingsReader(_ => null).Read(brokers, registry, _directory.Write("some.env", file));
}
