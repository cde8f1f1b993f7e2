using Microsoft.ML;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;

namespace KafkaDatasets.Tests.MLNet.Contract.Training;

/// <summary>Every trainer of ML.NET's main packages, small enough to be quick.</summary>
internal static class TrainerCases
{
    private const string OneThread = "one thread: with more, ML.NET promises no determinism";
    private const string Binary = "Binary classification";
    private const string Multiclass = "Multiclass classification";
    private const string Regression = "Regression";
    private const string Ranking = "Ranking";

    public static IReadOnlyList<TrainerCase> All { get; } =
    [
        new(Binary, "SdcaLogisticRegression", Label.Signal, (ml, data) => ml.BinaryClassification.Trainers.SdcaLogisticRegression(new() { NumberOfThreads = 1, MaximumNumberOfIterations = 5 }).Fit(data), OneThread),
        new(Binary, "SdcaNonCalibrated", Label.Signal, (ml, data) => ml.BinaryClassification.Trainers.SdcaNonCalibrated(new() { NumberOfThreads = 1, MaximumNumberOfIterations = 5 }).Fit(data), OneThread),
        new(Binary, "LbfgsLogisticRegression", Label.Signal, (ml, data) => ml.BinaryClassification.Trainers.LbfgsLogisticRegression(new() { NumberOfThreads = 1, MaximumNumberOfIterations = 10 }).Fit(data), OneThread)
        {
            Continue = (ml, data) =>
            {
                LbfgsLogisticRegressionBinaryTrainer trainer = ml.BinaryClassification.Trainers.LbfgsLogisticRegression(new() { NumberOfThreads = 1, MaximumNumberOfIterations = 3 });
                return trainer.Fit(data, trainer.Fit(data).Model.SubModel);
            },
        },
        new(Binary, "AveragedPerceptron", Label.Signal, (ml, data) => ml.BinaryClassification.Trainers.AveragedPerceptron(new AveragedPerceptronTrainer.Options { NumberOfIterations = 3 }).Fit(data))
        {
            Continue = (ml, data) =>
            {
                AveragedPerceptronTrainer trainer = ml.BinaryClassification.Trainers.AveragedPerceptron();
                return trainer.Fit(data, trainer.Fit(data).Model);
            },
        },
        new(Binary, "SgdCalibrated", Label.Signal, (ml, data) => ml.BinaryClassification.Trainers.SgdCalibrated(new SgdCalibratedTrainer.Options { NumberOfThreads = 1, NumberOfIterations = 3 }).Fit(data), OneThread)
        {
            Continue = (ml, data) =>
            {
                SgdCalibratedTrainer trainer = ml.BinaryClassification.Trainers.SgdCalibrated(new SgdCalibratedTrainer.Options { NumberOfThreads = 1, NumberOfIterations = 2 });
                return trainer.Fit(data, trainer.Fit(data).Model.SubModel);
            },
        },
        new(Binary, "SgdNonCalibrated", Label.Signal, (ml, data) => ml.BinaryClassification.Trainers.SgdNonCalibrated(new SgdNonCalibratedTrainer.Options { NumberOfThreads = 1, NumberOfIterations = 3 }).Fit(data), OneThread)
        {
            Continue = (ml, data) =>
            {
                SgdNonCalibratedTrainer trainer = ml.BinaryClassification.Trainers.SgdNonCalibrated(new SgdNonCalibratedTrainer.Options { NumberOfThreads = 1, NumberOfIterations = 2 });
                return trainer.Fit(data, trainer.Fit(data).Model);
            },
        },
        new(Binary, "LinearSvm", Label.Signal, (ml, data) => ml.BinaryClassification.Trainers.LinearSvm(new LinearSvmTrainer.Options { NumberOfIterations = 2 }).Fit(data))
        {
            Continue = (ml, data) =>
            {
                LinearSvmTrainer trainer = ml.BinaryClassification.Trainers.LinearSvm();
                return trainer.Fit(data, trainer.Fit(data).Model);
            },
        },
        new(Binary, "LdSvm", Label.Signal, (ml, data) => ml.BinaryClassification.Trainers.LdSvm(new LdSvmTrainer.Options { NumberOfIterations = 20, TreeDepth = 2 }).Fit(data)),
        new(Binary, "FieldAwareFactorizationMachine", Label.Signal, (ml, data) => ml.BinaryClassification.Trainers.FieldAwareFactorizationMachine(new FieldAwareFactorizationMachineTrainer.Options { NumberOfIterations = 3 }).Fit(data))
        {
            Continue = (ml, data) =>
            {
                FieldAwareFactorizationMachineTrainer trainer = ml.BinaryClassification.Trainers.FieldAwareFactorizationMachine(new FieldAwareFactorizationMachineTrainer.Options { NumberOfIterations = 2 });
                return trainer.Fit(data, modelParameters: trainer.Fit(data).Model);
            },
        },
        new(Binary, "FastTree", Label.Signal, (ml, data) => ml.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options { NumberOfTrees = 10 }).Fit(data)),
        new(Binary, "FastForest", Label.Signal, (ml, data) => ml.BinaryClassification.Trainers.FastForest(new FastForestBinaryTrainer.Options { NumberOfTrees = 10 }).Fit(data)),
        new(Binary, "Gam", Label.Signal, (ml, data) => ml.BinaryClassification.Trainers.Gam(new GamBinaryTrainer.Options { NumberOfIterations = 30 }).Fit(data)),
        new(Binary, "LightGbm", Label.Signal, (ml, data) => ml.BinaryClassification.Trainers.LightGbm(new LightGbmBinaryTrainer.Options { NumberOfIterations = 10, NumberOfThreads = 1 }).Fit(data), OneThread),
        new(Binary, "Prior", Label.Signal, (ml, data) => ml.BinaryClassification.Trainers.Prior().Fit(data)),

        new(Multiclass, "SdcaMaximumEntropy", Label.Color, (ml, data) => ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(new SdcaMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = 5 }).Fit(data), OneThread),
        new(Multiclass, "SdcaNonCalibrated", Label.Color, (ml, data) => ml.MulticlassClassification.Trainers.SdcaNonCalibrated(new SdcaNonCalibratedMulticlassTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = 5 }).Fit(data), OneThread),
        new(Multiclass, "LbfgsMaximumEntropy", Label.Color, (ml, data) => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = 10 }).Fit(data), OneThread)
        {
            Continue = (ml, data) =>
            {
                LbfgsMaximumEntropyMulticlassTrainer trainer = ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = 3 });
                return trainer.Fit(data, trainer.Fit(data).Model);
            },
        },
        new(Multiclass, "NaiveBayes", Label.Color, (ml, data) => ml.MulticlassClassification.Trainers.NaiveBayes().Fit(data)),
        new(Multiclass, "LightGbm", Label.Color, (ml, data) => ml.MulticlassClassification.Trainers.LightGbm(new LightGbmMulticlassTrainer.Options { NumberOfIterations = 5, NumberOfThreads = 1 }).Fit(data), OneThread),
        new(Multiclass, "OneVersusAll", Label.Color, (ml, data) => ml.MulticlassClassification.Trainers.OneVersusAll(ml.BinaryClassification.Trainers.AveragedPerceptron()).Fit(data), "of averaged perceptrons"),
        new(Multiclass, "PairwiseCoupling", Label.Color, (ml, data) => ml.MulticlassClassification.Trainers.PairwiseCoupling(ml.BinaryClassification.Trainers.AveragedPerceptron()).Fit(data), "of averaged perceptrons"),

        new(Regression, "Sdca", Label.Target, (ml, data) => ml.Regression.Trainers.Sdca(new SdcaRegressionTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = 5 }).Fit(data), OneThread),
        new(Regression, "OnlineGradientDescent", Label.Target, (ml, data) => ml.Regression.Trainers.OnlineGradientDescent(new OnlineGradientDescentTrainer.Options { NumberOfIterations = 2 }).Fit(data))
        {
            Continue = (ml, data) =>
            {
                OnlineGradientDescentTrainer trainer = ml.Regression.Trainers.OnlineGradientDescent();
                return trainer.Fit(data, trainer.Fit(data).Model);
            },
        },
        new(Regression, "LbfgsPoissonRegression", Label.Target, (ml, data) => ml.Regression.Trainers.LbfgsPoissonRegression(new LbfgsPoissonRegressionTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = 10 }).Fit(data), OneThread)
        {
            Continue = (ml, data) =>
            {
                LbfgsPoissonRegressionTrainer trainer = ml.Regression.Trainers.LbfgsPoissonRegression(new LbfgsPoissonRegressionTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = 3 });
                return trainer.Fit(data, trainer.Fit(data).Model);
            },
        },
        new(Regression, "FastTree", Label.Target, (ml, data) => ml.Regression.Trainers.FastTree(new FastTreeRegressionTrainer.Options { NumberOfTrees = 10 }).Fit(data)),
        new(Regression, "FastTreeTweedie", Label.Target, (ml, data) => ml.Regression.Trainers.FastTreeTweedie(new FastTreeTweedieTrainer.Options { NumberOfTrees = 10 }).Fit(data)),
        new(Regression, "FastForest", Label.Target, (ml, data) => ml.Regression.Trainers.FastForest(new FastForestRegressionTrainer.Options { NumberOfTrees = 10 }).Fit(data)),
        new(Regression, "Gam", Label.Target, (ml, data) => ml.Regression.Trainers.Gam(new GamRegressionTrainer.Options { NumberOfIterations = 30 }).Fit(data)),
        new(Regression, "LightGbm", Label.Target, (ml, data) => ml.Regression.Trainers.LightGbm(new LightGbmRegressionTrainer.Options { NumberOfIterations = 10, NumberOfThreads = 1 }).Fit(data), OneThread),

        new(Ranking, "FastTree", Label.Grade, (ml, data) => ml.Ranking.Trainers.FastTree(new FastTreeRankingTrainer.Options { NumberOfTrees = 5, RowGroupColumnName = "query" }).Fit(data)),
        new(Ranking, "LightGbm", Label.Grade, (ml, data) => ml.Ranking.Trainers.LightGbm(new LightGbmRankingTrainer.Options { NumberOfIterations = 5, NumberOfThreads = 1, RowGroupColumnName = "query" }).Fit(data), OneThread),

        new("Clustering", "KMeans", Label.Signal, (ml, data) => ml.Clustering.Trainers.KMeans(new KMeansTrainer.Options { NumberOfClusters = 4, NumberOfThreads = 1 }).Fit(data), OneThread),
        new("Anomaly detection", "RandomizedPca", Label.Signal, (ml, data) => ml.AnomalyDetection.Trainers.RandomizedPca(new RandomizedPcaTrainer.Options { Rank = 3, Seed = 1 }).Fit(data)),
    ];

    /// <summary>Trainers that are not held against themselves, and why.</summary>
    public static IReadOnlyList<(string Task, string Name, string Reason)> Untried { get; } =
    [
        (Binary, "SymbolicSgdLogisticRegression", "not tried: it is in Microsoft.ML.Mkl.Components, with Intel's MKL, which this repository does not depend on"),
        (Regression, "Ols", "not tried: it is in Microsoft.ML.Mkl.Components, with Intel's MKL, which this repository does not depend on"),
        ("Recommendation", "MatrixFactorization", "not tried: it is in Microsoft.ML.Recommender, which this repository does not depend on"),
    ];
}
