namespace KafkaDatasets.Learning;

/// <summary>Learns a model again from the log, in the batches that the journal lists.</summary>
internal static class Replay
{
    public static async Task<PrequentialMetrics> RunAsync(string topic, KafkaDatasetOptions options, IOnlineLearner learner, CheckpointStore store, LearningCheckpoint? checkpoint, CancellationToken cancellationToken)
    {
        checkpoint ??= await store.ReadLatestAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new CheckpointException($"There is no checkpoint in '{store}' to learn again.") { Location = store.ToString() ?? "", Topic = topic };
        if (options.Label is not { } label)
        {
            throw new InvalidOptionsException(nameof(KafkaDatasetOptions), [$"{nameof(KafkaDatasetOptions.Label)} is null: name the field to learn"]);
        }

        options = options with { Features = options.Features ?? learner.Features }; // as the trainer has them
        CheckpointCheck.IsFor(checkpoint, topic, label.Field, options.Split);
        IReadOnlyList<byte[]> journal = await store.ReadJournalAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, options, Bind, cancellationToken).ConfigureAwait(false);
        await using (dataset.ConfigureAwait(false))
        {
            CheckpointCheck.Fits(dataset, checkpoint, learner, label.Field);
            DriftDetector? none = null; // the detector does not influence the model
            var state = new LearningState(learner, none);
            var rows = new ArrangedRows(learner.Features.Count);
            Dictionary<int, PartitionRows> partitions = Open(dataset, journal, cancellationToken);
            try
            {
                foreach (IReadOnlyList<PartitionRange> batch in journal.SelectMany(Journal.Read))
                {
                    rows.Clear();
                    foreach (PartitionRange range in batch)
                    {
                        await partitions[range.Partition].ReadAsync(range, rows).ConfigureAwait(false);
                    }

                    cancellationToken.ThrowIfCancellationRequested();
                    state.Learn(rows, topic, batch);
                }
            }
            finally
            {
                foreach (PartitionRows partition in partitions.Values)
                {
                    await partition.DisposeAsync().ConfigureAwait(false);
                }
            }

            CheckRows(checkpoint, learner);
            return state.Metrics;
        }

        KafkaDatasetOptions Bind(DatasetSchema schema)
        {
            CheckpointCheck.FitsSchema(checkpoint, schema);
            return options;
        }
    }

    /// <summary>A replay that read other rows has learned another model, however well everything else went.</summary>
    private static void CheckRows(LearningCheckpoint checkpoint, IOnlineLearner learner)
    {
        if (learner.Rows != checkpoint.Rows)
        {
            throw new DataLossException(FormattableString.Invariant($"Checkpoint {checkpoint.Number} of topic '{checkpoint.Topic}' has learned {checkpoint.Rows} rows, and learning again gave {learner.Rows}, so the model is not the same: records have been deleted since, or Split, OnBadRecord or OnDataLoss are not those of the trainer, or the learner was not new. Give the options that the trainer had."))
            {
                Topic = checkpoint.Topic,
            };
        }
    }

    private static Dictionary<int, PartitionRows> Open(KafkaDataset dataset, IReadOnlyList<byte[]> journal, CancellationToken cancellationToken)
    {
        var totals = new SortedDictionary<int, PartitionRange>();
        foreach (PartitionRange range in journal.SelectMany(Journal.Read).SelectMany(batch => batch))
        {
            totals[range.Partition] = totals.TryGetValue(range.Partition, out PartitionRange total) ? total with { End = range.End } : range;
        }

        return totals.Values.ToDictionary(r => r.Partition, r => new PartitionRows(dataset, r, cancellationToken));
    }
}
