using KafkaDatasets;
using SusyDemo.Data;
using SusyDemo.Kafka;
using SusyDemo.Reporting;

namespace SusyDemo.Commands;

/// <summary>Writes events to the train and the test topic.</summary>
internal sealed class ProduceStep(KafkaCluster cluster, DemoOptions options, TextWriter output)
{
    /// <summary>How often progress is told, in rows.</summary>
    private const int ReportInterval = 1000;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        EventPlan plan = EventChoice.From(options, cluster.IsEmbedded);
        if (!options.Append && !cluster.IsEmbedded)
        {
            await RequireEmptyAsync(options.TrainTopic, cancellationToken).ConfigureAwait(false);
            await RequireEmptyAsync(options.TestTopic, cancellationToken).ConfigureAwait(false);
        }

        (long train, long test) = await ProgressDisplay.RunAsync(board => WriteAsync(plan, board, cancellationToken)).ConfigureAwait(false);
        string kind = plan.Synthetic ? "synthetic events" : "events";
        await output.WriteLineAsync($"produce: {train} {kind} to {options.TrainTopic}, {test} to {options.TestTopic}").ConfigureAwait(false);
    }

    private async Task<(long Train, long Test)> WriteAsync(EventPlan plan, IProgressBoard board, CancellationToken cancellationToken)
    {
        string schema = SusySchema.ToJson(plan.Fields, plan.Synthetic);
        await using KafkaRecordWriter<SusyRecord> train = await cluster.OpenWriterAsync(options.TrainTopic, schema, cancellationToken).ConfigureAwait(false);
        await using KafkaRecordWriter<SusyRecord> test = await cluster.OpenWriterAsync(options.TestTopic, schema, cancellationToken).ConfigureAwait(false);
        IProgressTask progress = board.Begin(plan.Synthetic ? "produce synthetic events" : "produce events", plan.Count);
        long trainRows = 0;
        long rows = 0;
        foreach ((SusyRecord record, bool isTrain) in plan.Events())
        {
            await (isTrain ? train : test).WriteAsync(record, cancellationToken).ConfigureAwait(false);
            trainRows += isTrain ? 1 : 0;
            if (++rows % ReportInterval == 0)
            {
                progress.Report(rows);
            }
        }

        await train.FlushAsync(cancellationToken).ConfigureAwait(false);
        await test.FlushAsync(cancellationToken).ConfigureAwait(false);
        progress.Report(rows);
        progress.Finish();
        return (trainRows, rows - trainRows);
    }

    private async Task RequireEmptyAsync(string topic, CancellationToken cancellationToken)
    {
        if (await cluster.LengthAsync(topic, cancellationToken).ConfigureAwait(false) is var length and > 0)
        {
            throw new DemoException(
                $"The topic {topic} holds {length} records already, and nothing has been written. To train from them, use the command train; " +
                "to write to other topics, name them with --train-topic and --test-topic; to add to these, say --append.");
        }
    }
}
