using System.Runtime.CompilerServices;
using Avro;
using KafkaDatasets.Writing;
using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>Saving to Kafka, the ML.NET way: <c>ml.Data.SaveToKafka(…)</c>.</summary>
public static class KafkaSaveExtensions
{
    /// <summary>
    /// Writes every row of a view to a topic as an Avro record, in one pass and bounded memory; returns when the brokers have acknowledged all of them.
    /// </summary>
    /// <remarks>
    /// Each column that is not hidden is a field: Boolean, the integers (int or long), Single (float; missing stays NaN), Double, text (string); a key with
    /// key values that are names in Avro is an enum, another key with key values a string, one without its number from 0, each null where the key is missing; a vector
    /// is an array, sparse ones in full. With <see cref="KafkaWriterOptions.Schema"/> its fields are the columns of the same name, and the others are not written.
    /// <para>Rows go to the partitions in turn, 1,024 at a time, without a key; the same view gives the same partitions and the same order.</para>
    /// </remarks>
    /// <param name="catalog">The catalog: <c>ml.Data</c>.</param>
    /// <param name="view">The rows.</param>
    /// <param name="topic">The topic; it is created if it is absent.</param>
    /// <param name="options">Where and how to write.</param>
    /// <param name="cancellationToken">Ends the writing; rows already written stay.</param>
    /// <exception cref="InvalidOptionsException">The options are not valid; names every fault.</exception>
    /// <exception cref="SchemaException">The view has no Avro schema or does not fit the one given, or the registry cannot be reached or refuses it.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was refused, or the topic cannot be created.</exception>
    /// <exception cref="KafkaWriteException">Some rows were refused or not acknowledged in time; says how many are written and how many are not.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void SaveToKafka(this DataOperationsCatalog catalog, IDataView view, string topic, KafkaWriterOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(topic);
        RecordSchema schema = RowSchema.Given(options) ?? ViewColumns.DeriveSchema(view.Schema, options);
        DataViewSchema.Column[] columns = ViewColumns.Match(view.Schema, schema);
        Func<DataViewRowCursor, ColumnEncoder>[] compiled = [.. columns.Zip(schema.Fields, ColumnEncoder.Compile)];
        SaveAsync(view, columns, compiled, topic, schema, options, cancellationToken).GetAwaiter().GetResult();
    }

    private static async Task SaveAsync(
        IDataView view,
        DataViewSchema.Column[] columns,
        Func<DataViewRowCursor, ColumnEncoder>[] compiled,
        string topic,
        RecordSchema schema,
        KafkaWriterOptions options,
        CancellationToken cancellationToken)
    {
        (TopicProducer producer, AvroBuffer buffer) = await RowSchema.OpenAsync(topic, schema, options, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = producer.ConfigureAwait(false);
        using DataViewRowCursor cursor = view.GetRowCursor(columns);
        ColumnEncoder[] encoders = [.. compiled.Select(open => open(cursor))];
        try
        {
            while (cursor.MoveNext())
            {
                buffer.Clear();
                foreach (ColumnEncoder encoder in encoders)
                {
                    encoder.Encode(buffer);
                }

                await producer.WriteAsync(buffer.Written, cancellationToken).ConfigureAwait(false);
            }

            await producer.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            producer.Abandon();
            throw;
        }
    }
}
