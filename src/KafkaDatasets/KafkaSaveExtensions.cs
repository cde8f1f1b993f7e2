using System.Runtime.CompilerServices;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Formats;
using KafkaDatasets.Shapes;
using KafkaDatasets.Writing;
using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>Extends ML.NET's data catalog with saving to Kafka: <c>ml.Data.SaveToKafka(…)</c>.</summary>
public static class KafkaSaveExtensions
{
    /// <summary>
    /// Writes every row of a view as a record to a topic, in one pass and with bounded memory; returns when the brokers have acknowledged all of them.
    /// </summary>
    /// <remarks>
    /// Each column that is not hidden becomes a field. Supported types are Boolean, the integers, Single and Double (missing stays NaN), text, <c>DateTime</c> (a date and time without a time zone),
    /// <c>DateTimeOffset</c> and <c>TimeSpan</c>. A key with key values becomes an enum (or text, if the values are not valid symbols in the format), and a key without key values becomes a number from 0.
    /// Missing keys and times are null. A vector becomes a list (a sparse vector is written in full), and a vector of bytes becomes bytes if the format supports them.
    /// In Avro, JSON and Protobuf, a dot in a column's name denotes a nested record, which is never null: <c>inner.deep.y</c> is the field <c>y</c> of the record <c>deep</c> in the
    /// record <c>inner</c>, as when a topic's nested fields are read. With <see cref="KafkaWriterOptions.Schema"/> only the columns that have the names of its fields are written.
    /// docs/writing.md lists what each type becomes in each format, and its type when it is read back.
    /// <para>Rows go to the partitions in turn, 1,024 at a time, unless they have a <see cref="KafkaWriterOptions.Key"/>; writing the same view again gives the same partitions and the same order.</para>
    /// </remarks>
    /// <param name="catalog">The catalog: <c>ml.Data</c>.</param>
    /// <param name="view">The rows.</param>
    /// <param name="topic">The topic's name; the topic is created if it does not exist.</param>
    /// <param name="options">The cluster, and how rows are written.</param>
    /// <param name="cancellationToken">Cancels writing; rows that are already written stay in the topic.</param>
    /// <exception cref="InvalidOptionsException">The options are invalid, or a column would be both a field and a record (<c>a</c> beside <c>a.b</c>); the message lists every problem found.</exception>
    /// <exception cref="SchemaException">The view cannot be written in the format or does not fit the given schema, or the registry cannot be reached or refuses the schema.</exception>
    /// <exception cref="BrokerException">No broker could be reached within <see cref="KafkaWriterOptions.Timeout"/>, access was denied, or the topic cannot be created.</exception>
    /// <exception cref="KafkaWriteException">Some rows were refused or not acknowledged in time; the exception gives the number of rows that were and were not written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <example>
    /// <code>
    /// ml.Data.SaveToKafka(scored, "payments.scored", new KafkaWriterOptions { BootstrapServers = bootstrapServers, SchemaRegistry = registry });
    /// </code>
    /// </example>
    public static void SaveToKafka(this DataOperationsCatalog catalog, IDataView view, string topic, KafkaWriterOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(options);
        RowPlan plan;
        using (InvariantCulture.Use())
        {
            options.Validate(topic);
            plan = RowPlan.Of(options, (format, isWanted) => ViewShape.Of(view.Schema, format, options, isWanted));
        }

        SaveAsync(view, new ViewEncoder(view.Schema, plan), topic, options, cancellationToken).GetAwaiter().GetResult();
    }

    private static async Task SaveAsync(IDataView view, ViewEncoder encoder, string topic, KafkaWriterOptions options, CancellationToken cancellationToken)
    {
        RowTarget target = await RowTarget.OpenAsync(topic, encoder.Plan.Value.Schema, encoder.Plan.Key?.Schema, options, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = target.ConfigureAwait(false);
        using DataViewRowCursor cursor = view.GetRowCursor(encoder.Columns);
        (Action<ValueBuffer> value, Action<ValueBuffer>? key) = encoder.Open(cursor);
        Action<ValueBuffer, DataViewRowCursor> writeValue = (buffer, _) => value(buffer);
        Action<ValueBuffer, DataViewRowCursor>? writeKey = key is null ? null : (buffer, _) => key(buffer);
        try
        {
            while (cursor.MoveNext())
            {
                await target.WriteAsync(cursor, writeValue, writeKey, cancellationToken).ConfigureAwait(false);
            }

            await target.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            target.Abandon();
            throw;
        }
    }
}
