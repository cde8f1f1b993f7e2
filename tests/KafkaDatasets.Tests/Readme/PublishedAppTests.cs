using System.Runtime.InteropServices;
using Xunit;
using static KafkaDatasets.Tests.Readme.DotnetCommand;

namespace KafkaDatasets.Tests.Readme;

/// <summary>Apps without reflection-based JSON, as an app in a single file is (<see cref="PackageTests"/> runs one), and without the code that nobody calls.</summary>
public sealed class PublishedAppTests : IDisposable
{
    private const string Program = """
        using Confluent.SchemaRegistry;
        using KafkaDatasets;
        using Microsoft.ML;

        if (System.Text.Json.JsonSerializer.IsReflectionEnabledByDefault)
        {
            throw new InvalidOperationException("reflection-based JSON is on");
        }

        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });
        foreach (WriteFormat format in new[] { WriteFormat.Avro, WriteFormat.Json, WriteFormat.Protobuf })
        {
            string topic = $"payments.{format}";
            await using (var writer = await KafkaRecordWriter<Payment>.OpenAsync(topic, new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, Format = format, Partitions = 2 }))
            {
                for (int i = 0; i < 1000; i++)
                {
                    await writer.WriteAsync(new Payment { Amount = i, Card = new Card { Country = "c" + i % 3 } });
                }

                await writer.FlushAsync();
            }

            DatasetSnapshot snapshot;
            await using (KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, Options(TopicRange.All)))
            {
                snapshot = DatasetSnapshot.Parse(dataset.Snapshot.ToJson());
            }

            await using KafkaDataset again = await KafkaDataset.OpenAsync(topic, Options(TopicRange.Snapshot(snapshot)));
            double sum = 0;
            await foreach (TensorBatch batch in again.ReadBatchesAsync())
            {
                using (batch)
                {
                    for (int row = 0; row < batch.Rows; row++)
                    {
                        sum += batch.Features[row, 0];
                    }
                }
            }

            IDataView view = again.ToDataView(new MLContext(seed: 1));
            int rows = 0;
            using (DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Card.Country"]]))
            {
                var country = cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema["Card.Country"]);
                ReadOnlyMemory<char> text = default;
                while (cursor.MoveNext())
                {
                    country(ref text);
                    rows += text.Span is ['c', _] ? 1 : 0;
                }
            }

            Console.WriteLine($"{format}: {rows} rows, sum {sum}");
        }

        KafkaDatasetOptions Options(TopicRange range) => new() { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, Range = range };

        public sealed class Payment
        {
            public required float Amount { get; init; }

            public required Card Card { get; init; }
        }

        public sealed class Card
        {
            public required string Country { get; init; }
        }
        """;

    private static readonly string[] Expected = ["Avro: 1000 rows, sum 499500", "Json: 1000 rows, sum 499500", "Protobuf: 1000 rows, sum 499500"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kafkadatasets-apps-");
    private readonly string _version = $"0.0.0-test.{Guid.NewGuid():N}";

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        if (Path.Combine(cache, "kafkadatasets", _version) is var unpacked && Directory.Exists(unpacked))
        {
            Directory.Delete(unpacked, recursive: true);
        }
    }

    [Fact]
    public async Task An_app_without_reflection_based_JSON_writes_and_reads_every_format_trimmed_or_not()
    {
        string feed = Path.Combine(_folder.FullName, "feed");
        await RunAsync(Repository.Root, ["pack", "src/KafkaDatasets", "-c", Configuration, "--no-build", .. CompiledAhead, "-p:MinVerSkip=true", $"-p:Version={_version}", "-o", feed]);
        await WriteAsync("nuget.config", $"""<configuration><packageSources><add key="local" value="{feed}" /></packageSources></configuration>""");

        string folder = Path.Combine(_folder.FullName, "Trimmed");
        Directory.CreateDirectory(folder);
        await WriteAsync("Trimmed/Program.cs", Program);
        await WriteAsync("Trimmed/Trimmed.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <PublishTrimmed>true</PublishTrimmed>
                <SelfContained>true</SelfContained>
                <RuntimeIdentifier>{RuntimeInformation.RuntimeIdentifier}</RuntimeIdentifier>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="KafkaDatasets" Version="{_version}" />
                <TrimmerRootAssembly Include="Trimmed" />
              </ItemGroup>
            </Project>
            """);
        await RunAsync(folder, ["publish", "-c", "Release", "-o", "trimmed"]);
        foreach (string output in (string[])["trimmed", Path.Combine("bin", "Release", "net10.0", RuntimeInformation.RuntimeIdentifier)])
        {
            Assert.Equal(Expected, Lines(await RunAsync(folder, Path.Combine(folder, output, OperatingSystem.IsWindows() ? "Trimmed.exe" : "Trimmed"), [])));
        }
    }

    private static string[] Lines(string output) => [.. output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(l => l.Contains(" rows, ", StringComparison.Ordinal))];

    private Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(_folder.FullName, file), text, TestContext.Current.CancellationToken);
}
