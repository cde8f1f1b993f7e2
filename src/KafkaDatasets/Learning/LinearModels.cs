using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms;

namespace KafkaDatasets.Learning;

/// <summary>Linear models as ML.NET transformers, which ML.NET saves and loads like those of its own trainers.</summary>
/// <remarks>ML.NET has no public constructor for them, so the internal ones are called, without reflection.</remarks>
internal static class LinearModels
{
    /// <param name="ml">The context.</param>
    /// <param name="learner">The learner whose model it is.</param>
    /// <param name="weights">The weight of each feature.</param>
    /// <param name="intercept">The intercept.</param>
    /// <param name="means">What stands for a missing value of each feature.</param>
    public static ITransformer Create(MLContext ml, IOnlineLearner learner, float[] weights, float intercept, double[] means)
    {
        float[] mean = [.. means.Select(m => (float)m)];
        IDataView row = RowsView.Of(learner.Task, learner.Features, mean, []);
        ITransformer missing = ml.Transforms.ReplaceMissingValues("Features", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean).Fit(row);
        var buffer = new VBuffer<float>(weights.Length, weights);
        if (learner.Task == OnlineTask.Regression)
        {
            return new TransformerChain<ITransformer>(missing, Regressions<LinearRegressionModelParameters>.Create(ml, RegressionParameters(ml, in buffer, intercept), row.Schema, "Features"));
        }

        ITransformer scorer = Classifiers<LinearBinaryModelParameters>.Create(ml, BinaryParameters(ml, in buffer, intercept, null), row.Schema, "Features", 0, "Score");
        ITransformer calibrator = ml.BinaryClassification.Calibrators.Platt(slope: -1, offset: 0).Fit(scorer.Transform(row));
        return new TransformerChain<ITransformer>(missing, scorer, calibrator);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern LinearBinaryModelParameters BinaryParameters(IHostEnvironment env, in VBuffer<float> weights, float bias, ModelStatisticsBase? stats);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern LinearRegressionModelParameters RegressionParameters(IHostEnvironment env, in VBuffer<float> weights, float bias);

    private static class Classifiers<TModel>
        where TModel : class
    {
        [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
        public static extern BinaryPredictionTransformer<TModel> Create(IHostEnvironment env, TModel model, DataViewSchema inputSchema, string featureColumn, float threshold, string thresholdColumn);
    }

    private static class Regressions<TModel>
        where TModel : class
    {
        [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
        public static extern RegressionPredictionTransformer<TModel> Create(IHostEnvironment env, TModel model, DataViewSchema inputSchema, string featureColumn);
    }
}
