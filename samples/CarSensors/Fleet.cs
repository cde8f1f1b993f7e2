namespace CarSensors;

/// <summary>
/// A simulated fleet. The sensors of a sound car depend on how it is driven; a failure changes how one of them depends on the others, mostly without leaving the range of a sound car's values,
/// so that no limit on a single sensor finds it.
/// </summary>
/// <param name="cars">The number of cars.</param>
/// <param name="seed">The seed: the same readings for the same seed.</param>
internal sealed class Fleet(int cars, int seed)
{
    private const double FailureRate = 0.002;
    private const int FailureReadings = 10;

    private readonly Random _random = new(seed);
    private readonly State[] _states = new State[cars];

    /// <summary>Returns readings of the cars in turn.</summary>
    /// <param name="count">How many.</param>
    public IEnumerable<CarReading> Read(int count)
    {
        for (int i = 0; i < count; i++)
        {
            yield return Next(i % cars);
        }
    }

    private CarReading Next(int car)
    {
        ref State state = ref _states[car];
        if (state.Firmware == 0)
        {
            state = new State { Firmware = _random.Next(2) == 0 ? 1000 : 2000, Ambient = Normal(15, 8), Charge = 60 + (35 * _random.NextDouble()), TirePressure = Normal(33, 1) };
        }

        // How it is driven changes slowly from one reading to the next.
        state.Throttle = Math.Clamp((0.9 * state.Throttle) + (0.1 * _random.NextDouble() * 2.2) - 0.02, 0, 1);
        state.Speed = Math.Max(0, (0.95 * state.Speed) + (2.5 * state.Throttle) + Normal(0, 0.3));
        state.Charge = Math.Clamp(state.Charge + Normal(0, 0.2), 20, 100);
        if (state.FailsFor == 0 && _random.NextDouble() < FailureRate)
        {
            state.FailsFor = FailureReadings;
            state.Failure = (Failure)_random.Next(4);
            state.Wheel = _random.Next(4);
        }

        bool fails = state.FailsFor > 0;
        state.FailsFor -= fails ? 1 : 0;
        State now = state;
        bool Has(Failure failure) => fails && now.Failure == failure;
        double Tire(int wheel) => now.TirePressure + (0.05 * now.Speed) + Normal(0, 0.3) - (Has(Failure.Tire) && now.Wheel == wheel ? 3.5 : 0);

        double coolant = 70 + (0.4 * state.Ambient) + (18 * state.Throttle) + Normal(0, 1) + (Has(Failure.Cooling) ? 7 : 0);
        double vibration = 2 + (0.09 * state.Speed) + (1.5 * state.Throttle) + Normal(0, 0.15) + (Has(Failure.Mounting) ? 0.9 : 0);
        double current = 10 + (30 * state.Throttle) + Normal(0, 1.5);
        double voltage = 11.8 + (0.018 * state.Charge) - (0.02 * current) + Normal(0, 0.05) - (Has(Failure.Battery) ? 0.35 : 0);
        double Shake(int wheel) => (0.08 * now.Speed) + (0.25 * vibration) + Normal(0, 0.1) + (Has(Failure.Tire) && now.Wheel == wheel ? 0.4 : 0);
        return new CarReading(
            coolant, state.Ambient + 6 + Normal(0, 0.5), 20 + (90 * state.Throttle) + Normal(0, 2), state.Charge, voltage, current, state.Speed, vibration, state.Throttle,
            (int)Math.Round(Tire(0)), (int)Math.Round(Tire(1)), (int)Math.Round(Tire(2)), (int)Math.Round(Tire(3)),
            Shake(0), Shake(1), Shake(2), Shake(3), state.Firmware, fails ? "true" : "false", $"car-{car:d4}");
    }

    private double Normal(double mean, double deviation)
        => mean + (deviation * Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble()));

    private enum Failure
    {
        Cooling,
        Mounting,
        Battery,
        Tire,
    }

    private struct State
    {
        public double Ambient, Charge, Speed, Throttle, TirePressure;
        public int Firmware, FailsFor, Wheel;
        public Failure Failure;
    }
}
