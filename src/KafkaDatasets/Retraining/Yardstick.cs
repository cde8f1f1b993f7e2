using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using KafkaDatasets.MLNet;
using KafkaDatasets.Shapes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Retraining;

/// <summary>What champion and challenger are compared by: the more, the better. There is one for each kind of label.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Measure">Measures scored rows.</param>
/// <param name="Check">Checks that a model gives the columns that are measured.</param>
/// <param name="CountScored">Counts the rows that have a score.</param>
internal sealed record Yardstick(string Name, Func<MLContext, IDataView, double> Measure, Action<DataViewSchema> Check, Func<IDataView, long> CountScored)
{
    private const string Score = "Score";
    private const string PredictedLabel = "PredictedLabel";

    public static Yardstick Of(LabelKind kind) => kind switch
    {
        LabelKind.Binary => new Yardstick(RetrainedEventArgs.AucName, (ml, scored) => ml.BinaryClassification.EvaluateNonCalibrated(scored, TruthOf(scored.Schema).Name).AreaUnderRocCurve, s => ScoreOf(s), CountNumbers),
        LabelKind.Category => new Yardstick("accuracy", (_, scored) => Accuracy(scored), s => PredictedOf(s), _ => 1), // a row without a class counts as wrong
        LabelKind.Regression => new Yardstick("R²", (ml, scored) => ml.Regression.Evaluate(scored, TruthOf(scored.Schema).Name).RSquared, s => ScoreOf(s), CountNumbers),
        _ => throw new UnreachableException(kind.ToString()),
    };

    private static DataViewSchema.Column ScoreOf(DataViewSchema scored)
    {
        DataViewSchema.Column column = scored.GetColumnOrNull(Score) ?? throw new ArgumentException($"it gives no column '{Score}'");
        return column.Type == NumberDataViewType.Single ? column : throw new ArgumentException($"its column '{Score}' is of type {column.Type}, not {NumberDataViewType.Single}");
    }

    private static DataViewSchema.Column PredictedOf(DataViewSchema scored) => scored.GetColumnOrNull(PredictedLabel) ?? throw new ArgumentException($"it gives no column '{PredictedLabel}'");

    /// <summary>The label of the rows, which models leave alone; a model that drops all columns but a few has its own at best.</summary>
    private static DataViewSchema.Column TruthOf(DataViewSchema scored) =>
        scored.GetColumnOrNull(ModelRows.TruthName) ?? scored.GetColumnOrNull(ViewSchema.LabelName) ?? throw new ArgumentException($"it drops the column '{ViewSchema.LabelName}'");

    private static long CountNumbers(IDataView scored)
    {
        DataViewSchema.Column column = ScoreOf(scored.Schema);
        using DataViewRowCursor cursor = scored.GetRowCursor([column]);
        ValueGetter<float> getter = cursor.GetGetter<float>(column);
        long count = 0;
        float score = 0;
        while (cursor.MoveNext())
        {
            getter(ref score);
            count += float.IsNaN(score) ? 0 : 1;
        }

        return count;
    }

    /// <summary>The share of rows whose class was predicted. ML.NET's evaluator compares numbers of keys; classes are compared by name here, since models may number them differently, or give them as text.</summary>
    private static double Accuracy(IDataView scored)
    {
        DataViewSchema.Column label = TruthOf(scored.Schema);
        DataViewSchema.Column predicted = PredictedOf(scored.Schema);
        string[] classes = KeyTexts.Of(label) ?? throw new UnreachableException($"the key {label.Name} has no values");
        using DataViewRowCursor cursor = scored.GetRowCursor([label, predicted]);
        Func<string?> labelOf = TextOf(cursor, label, classes);
        Func<string?> predictedOf = TextOf(cursor, predicted, classes);
        long rows = 0;
        long right = 0;
        while (cursor.MoveNext())
        {
            if (labelOf() is { } name)
            {
                rows++;
                right += name == predictedOf() ? 1 : 0;
            }
        }

        return (double)right / rows;
    }

    /// <summary>Gets a column's values as text; null for a missing key.</summary>
    private static Func<string?> TextOf(DataViewRow row, DataViewSchema.Column column, string[] classes) =>
        (Func<string?>)typeof(Yardstick).GetMethod(nameof(TextOfTyped), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(column.Type.RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [row, column, classes], null)!;

    private static Func<string?> TextOfTyped<TValue>(DataViewRow row, DataViewSchema.Column column, string[] classes)
    {
        ValueGetter<TValue> getter = row.GetGetter<TValue>(column);
        TValue value = default!;
        if (column.Type is not KeyDataViewType)
        {
            return () =>
            {
                getter(ref value);
                return Convert.ToString(value, CultureInfo.InvariantCulture);
            };
        }

        string[] names = KeyTexts.Of(column) ?? classes;
        return () =>
        {
            getter(ref value);
            ulong key = Convert.ToUInt64(value, CultureInfo.InvariantCulture);
            return key > 0 && key <= (ulong)names.Length ? names[key - 1] : null;
        };
    }
}
