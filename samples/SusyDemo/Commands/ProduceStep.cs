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

    /// <summary>How long the topics may take to say what is in them once writing has failed.</summary>
    private static readonly TimeSpan CountTimeout = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        EventPlan plan = EventChoice.From(options, cluster.IsEmbedded);
        if (!options.Append && !cluster.IsEmbedded)
        {
            await RequireEmptyAsync(plan, cancellationToken).ConfigureAwait(false);
        }
        else if (options.Append)
        {
            await RequireFieldsAsync(options.TrainTopic, plan, cancellationToken).ConfigureAwait(false);
            await RequireFieldsAsync(options.TestTopic, plan, cancellationToken).ConfigureAwait(false);
        }

        (long train, long test) = await WriteAsync(plan, cancellationToken).ConfigureAwait(false);
        string kind = plan.Synthetic ? "synthetic events" : "events";
        await output.WriteLineAsync($"produce: {train} {kind} to {options.TrainTopic}, {test} to {options.TestTopic}").ConfigureAwait(false);
    }

    /// <summary>Writes, and where that ends before all is written, says what is in the topics.</summary>
    private async Task<(long Train, long Test)> WriteAsync(EventPlan plan, CancellationToken cancellationToken)
    {
        try
        {
            return await ProgressDisplay.RunAsync(board => WriteAsync(plan, board, cancellationToken)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is KafkaDatasetException or DemoException or OperationCanceledException)
        {
            await output.WriteLineAsync($"produce: not finished; {await DescribeTopicsAsync().ConfigureAwait(false)}. Delete the topics before the next try, or name others.").ConfigureAwait(false);
            throw;
        }
    }

    private async Task<string> DescribeTopicsAsync()
    {
        using var timeout = new CancellationTokenSource(CountTimeout);
        try
        {
            long train = await cluster.LengthAsync(options.TrainTopic, timeout.Token).ConfigureAwait(false);
            long test = await cluster.LengthAsync(options.TestTopic, timeout.Token).ConfigureAwait(false);
            return $"{options.TrainTopic} holds {train} records, {options.TestTopic} {test}";
        }
        catch (Exception e) when (e is KafkaDatasetException or OperationCanceledException)
        {
            return $"how many records are in {options.TrainTopic} and {options.TestTopic} is unknown";
        }
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

    private async Task RequireEmptyAsync(EventPlan plan, CancellationToken cancellationToken)
    {
        long train = await cluster.LengthAsync(options.TrainTopic, cancellationToken).ConfigureAwait(false);
        long test = await cluster.LengthAsync(options.TestTopic, cancellationToken).ConfigureAwait(false);
        if (train + test == 0)
        {
            return;
        }

        string advice = plan.Count is { } count && train + test < count
            ? $"that is fewer than the {count} events of this command: an earlier one may have been cut short. Delete the topics, or name others with --train-topic and --test-topic; to add to these, say --append"
            : "to train from them, use the command train; to write to other topics, name them with --train-topic and --test-topic; to add to these, say --append";
        throw new DemoException(
            $"The topic {options.TrainTopic} holds {train} records already and {options.TestTopic} {test}, and nothing has been written: {advice}.");
    }

    /// <summary>Makes sure that what is added to a topic has the fields of what is in it.</summary>
    private async Task RequireFieldsAsync(string topic, EventPlan plan, CancellationToken cancellationToken)
    {
        if (await cluster.LengthAsync(topic, cancellationToken).ConfigureAwait(false) == 0)
        {
            return;
        }

        await using KafkaEventData data = await cluster.OpenAsync(topic, null, cancellationToken).ConfigureAwait(false);
        string[] there = [SusyFields.Label, .. data.Batches.Features];
        string[] differing = [.. there.Except(plan.Fields).Union(plan.Fields.Except(there))];
        if (differing.Length > 0)
        {
            throw new DemoException(
                $"The events in the topic {topic} have {there.Length - 1} features, those to append {plan.Fields.Count - 1}, and nothing has been written: " +
                $"only one of them has {string.Join(", ", differing)}. Append events with the same fields, or name other topics with --train-topic and --test-topic.");
        }
    }
}
