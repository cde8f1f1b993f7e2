using Xunit;

namespace KafkaDatasets.Tests.Readme;

/// <summary>That what the README shows works when it is run.</summary>
public sealed class ReadmeTests
{
    /// <summary>What the page writes into the current folder.</summary>
    private const string SnapshotFile = "payments.snapshot.json";

    [Fact]
    public async Task Program_of_all_blocks_runs_and_has_the_rows_that_it_wrote()
    {
        const string Checks =
            """
            if (metrics.AreaUnderRocCurve is not (> 0.85 and < 0.95))
            {
                throw new Exception($"AUC {metrics.AreaUnderRocCurve}");
            }

            long[] counts =
            [
                rows,
                await again.ReadBatchesAsync().Select(b => b.Rows).SumAsync(),
                ml.Data.LoadFromKafka("payments.scored", options with { Label = null, Features = ["Probability"] }).GetColumn<float[]>("Features").Count(p => p[0] is > 0 and < 1),
                csv.GetColumn<float[]>("Features").Count(),
            ];
            if (counts.Any(c => c != 10_000) || csv.GetColumn<bool>("Label").Count(l => l) != payments.GetColumn<bool>("Label").Count(l => l))
            {
                throw new Exception(string.Join(", ", counts));
            }

            // Options are checked before anything is asked of a broker.
            try
            {
                var config = new Dictionary<string, string>(cloudOptions.ClientConfig) { ["sasl.username"] = "key", ["sasl.password"] = "secret" };
                await KafkaDataset.OpenAsync("payments", cloudOptions with { ClientConfig = config }, new CancellationToken(canceled: true));
            }
            catch (OperationCanceledException)
            {
                return;
            }

            throw new Exception("not cancelled");
            """;
        var page = Page.Of("README.md");
        var program = new SnippetProgram(
            [
                ("usings", new Page.Block("csharp", "using Microsoft.ML.Data;", 1)),
                .. page.Blocks.Where(b => b.Language == "csharp").Select(b => (page.Path, b)),
                ("checks", new Page.Block("csharp", Checks, 1)),
            ],
            isFlat: true);

        await program.RunAsync();
    }

    [Fact]
    public async Task Program_of_the_page_get_started_runs()
    {
        var page = Page.Of("docs/get-started.md");
        var program = new SnippetProgram(page.Blocks.Where(b => b.Language == "csharp").Select(b => (page.Path, b)), isFlat: true);
        try
        {
            await program.RunAsync();

            Assert.Equal(10_000, DatasetSnapshot.Parse(await File.ReadAllTextAsync(SnapshotFile, TestContext.Current.CancellationToken)).Length);
        }
        finally
        {
            File.Delete(SnapshotFile);
        }
    }
}
