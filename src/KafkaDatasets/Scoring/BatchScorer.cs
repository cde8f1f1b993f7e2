using Confluent.Kafka;
using KafkaDatasets.Formats;
using KafkaDatasets.MLNet;
using KafkaDatasets.Rows;
using KafkaDatasets.Shapes;
using KafkaDatasets.Writing;

namespace KafkaDatasets.Scoring;

/// <summary>Scores batches with one model and encodes the scores. One caller at a time.</summary>
internal sealed class BatchScorer
{
    private readonly ScoringLayout _layout;
    private readonly InputHeaders _headers;
    private readonly KafkaCursor _cursor;
    private readonly Action<ValueBuffer> _write;
    private readonly ValueBuffer _value = new();
    private readonly ExactArrays _values = new();
    private readonly ExactArrays _keys = new();
    private readonly string _topic;

    private BatchScorer(ModelBinding binding, ScoringLayout layout, ViewEncoder encoder, SchemaFrame frame, string topic)
    {
        Model = binding.Model;
        _layout = layout;
        _topic = topic;
        _cursor = layout.OpenCursor(binding); // for all batches: opening one for each would cost more than scoring it
        try
        {
            (_write, _) = encoder.Open(new OutputRow(binding.Written, binding.Mapper.GetRow(new InputRow(binding.Mapper.InputSchema, _cursor), binding.Columns), binding.Columns));
        }
        catch (Exception e) when (e is not KafkaDatasetException)
        {
            // Some transformers check the types of their inputs only here, by whatever exception they like.
            throw binding.Unfit(e);
        }

        _value.Frame(frame.Prefix.Span);
        var version = new Header(ScoreHeaders.ModelVersion, System.Text.Encoding.UTF8.GetBytes(Model.Version));
        _headers = new InputHeaders(topic, frame.Header is { } header ? [version, header] : [version]);
    }

    public ScoringModel Model { get; }

    /// <summary>Binds a model to the columns that are read, and registers the schema of its scores.</summary>
    /// <exception cref="ModelException">The model does not fit the topic.</exception>
    /// <exception cref="SchemaException">The scores cannot be written in the format, or the registry refuses their schema.</exception>
    public static async Task<BatchScorer> BindAsync(ScoringModel model, ScoringLayout layout, ColumnRoles roles, string topic, ScorerOptions options, KafkaWriterOptions writer, CancellationToken cancellationToken)
    {
        ModelBinding binding = ModelBinding.Of(model, layout.Topic, roles, options);
        KafkaWriterOptions named = writer.RecordName is null ? writer with { RecordName = "Score" } : writer;
        RowPlan plan = RowPlan.Of(named, (format, isWanted) => ViewShape.Of(binding.Written, format, named, isWanted));
        SchemaFrame frame = await SchemaFrame.RegisterAsync(options.OutputTopic, MessageComponentType.Value, plan.Value.Schema, named, cancellationToken).ConfigureAwait(false);
        return new BatchScorer(binding, layout, new ViewEncoder(binding.Written, plan), frame, topic);
    }

    /// <summary>Scores the rows of a block and passes each score to a producer.</summary>
    /// <param name="block">The rows.</param>
    /// <param name="producer">The producer.</param>
    /// <param name="partitions">For each input partition, where its scores go.</param>
    /// <param name="cancellationToken">Cancels the wait for room in the producer's queue.</param>
    /// <exception cref="ScoringException">The model or the format cannot handle a row.</exception>
    /// <exception cref="TransactionFailedException">The producer refused a score.</exception>
    public void Score(RowBlock block, ScoreProducer producer, IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        _cursor.Enter(block);
        for (int i = 0; i < block.Rows; i++)
        {
            int partition = block.Partitions[i];
            long offset = block.Offsets[i];
            try
            {
                _cursor.MoveNext();
                _value.Clear();
                _write(_value);
            }
            catch (Exception e)
            {
                throw new ScoringException(FormattableString.Invariant($"The model {Model.Version} cannot score the record of topic '{_topic}', partition {partition}, offset {offset}: {e.Message}"), e)
                {
                    Topic = _topic,
                    Partition = partition,
                    Offset = offset,
                };
            }

            ReadOnlySpan<byte> key = _layout.KeyOf(block, i, out bool hasKey);
            producer.Produce(partition < partitions.Count ? partitions[partition] : new TopicPartition(partitions[0].Topic, Partition.Any), hasKey ? _keys.CopyOf(key) : null, _values.CopyOf(_value.Written), _headers.Of(partition, offset, block.Timestamps[i]), new RecordOrigin(partition, offset), cancellationToken);
        }
    }
}
