using KafkaDatasets.Benchmarks.Measuring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>A pass through a cursor with the two columns that trainers read.</summary>
internal static class CursorPass
{
    public static void Run(IDataView view, Pass pass, CancellationToken cancellationToken)
    {
        DataViewSchema.Column featuresColumn = view.Schema["Features"];
        DataViewSchema.Column labelColumn = view.Schema["Label"];
        using DataViewRowCursor cursor = view.GetRowCursor([featuresColumn, labelColumn]);
        ValueGetter<VBuffer<float>> getFeatures = cursor.GetGetter<VBuffer<float>>(featuresColumn);
        ValueGetter<bool> getLabel = cursor.GetGetter<bool>(labelColumn);
        VBuffer<float> features = default;
        bool label = false;
        while (cursor.MoveNext())
        {
            getFeatures(ref features);
            getLabel(ref label);
            pass.Add(1);
            if (pass.AddsUp)
            {
                pass.AddToSum(features.GetValues()[0]);
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
