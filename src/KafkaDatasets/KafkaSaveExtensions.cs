using System.Runtime.CompilerServices;
using KafkaDatasets.Formats;
using KafkaDatasets.Shapes;
using KafkaDatasets.Writing;
using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>Saving to Kafka, the ML.NET way: <c>ml.Data.SaveToKafka(…)</c>.</summary>
public static class KafkaSaveExtensions
{
    /// <summary>
    /// Writes every row of a view to a topic as a record, in one pass and bounded memory; returns when the brokers have acknowledged all of them.
    /// </summary>
    /// <remarks>
    /// Each column that is not hidden is a field: Boolean, the integers, Single and Double (missing stays NaN), text, <c>DateTime</c> (a date and time without a zone),
    /// <c>DateTimeOffset</c> and <c>TimeSpan</c>; a key with key values is an enum (or text, where they cannot be symbols in the format), one without its number from 0;
    /// keys and times are null where they are missing; a vector of any of these is a list, sparse ones in full, and one of bytes is bytes where the format has those.
    /// In Avro, JSON and Protobuf a dot in a column's name leads into a record within the record: <c>inner.deep.y</c> is the field <c>y</c> of the record <c>deep</c> in the
    /// record <c>inner</c>, which is how a topic's nested fields are read; the records are always there. With <see cref="KafkaWriterOptions.Schema"/> its fields are the
    /// columns of the same name, and the others are not written. docs/writing.md has what each becomes in each format, and what it is when it is read back.
    /// <para>Rows go to the partitions in turn, 1,024 at a time, unless they have a <see cref="KafkaWriterOptions.Key"/>; the same view gives the same partitions and the same order.</para>
    /// </remarks>
    /// <param name="catalog">The catalog: <c>ml.Data</c>.</param>
    /// <param name="view">The rows.</param>
    /// <param name="topic">The topic; it is created if it is absent.</param>
    /// <param name="options">Where and how to write.</param>
    /// <param name="cancellationToken">Ends the writing; rows already written stay.</param>
    /// <exception cref="InvalidOptionsException">The options are not valid, or a column would be both a field and a record (<c>a</c> beside <c>a.b</c>); names every fault.</exception>
    /// <exception cref="SchemaException">The view cannot be written in that format or does not fit the schema given, or the registry cannot be reached or refuses it.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was refused, or the topic cannot be created.</exception>
    /// <exception cref="KafkaWriteException">Some rows were refused or not acknowledged in time; says how many are written and how many are not.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void SaveToKafka(this DataOperationsCatalog catalog, IDataView view, string topic, KafkaWriterOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(topic);
        var plan = RowPlan.Of(options, (format, isWanted) => ViewShape.Of(view.Schema, format, options, isWanted));
        SaveAsync(view, new ViewEncoder(view.Schema, plan), topic, options, cancellationToken).GetAwaiter().GetResult();
    }

    private static async Task SaveAsync(IDataView view, ViewEncoder encoder, string topic, KafkaWriterOptions options, CancellationToken cancellationToken)
    {
        RowTarget target = await RowTarget.OpenAsync(topic, encoder.Plan.Value.Schema, encoder.Plan.Key?.Schema, options, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = target.ConfigureAwait(false);
        using DataViewRowCursor cursor = view.GetRowCursor(encoder.Columns);
        (Action<ValueBuffer> writeValue, Action<ValueBuffer>? writeKey) = encoder.Open(cursor);
        try
        {
            while (cursor.MoveNext())
            {
                target.Clear();
                writeValue(target.Value);
                writeKey?.Invoke(target.Key!);
                await target.WriteAsync(cancellationToken).ConfigureAwait(false);
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
