using System.Runtime.Serialization;

namespace CarSensors;

/// <summary>What a car sends: the JSON of the streaming demo of connected cars (Kafka, MQTT, TensorFlow), with its names and types.</summary>
/// <param name="CoolantTemp">Temperature of the coolant, °C.</param>
/// <param name="IntakeAirTemp">Temperature of the air taken in, °C.</param>
/// <param name="IntakeAirFlowSpeed">Speed of the air taken in, m/s.</param>
/// <param name="BatteryPercentage">Charge of the battery, %.</param>
/// <param name="BatteryVoltage">Voltage of the battery, V.</param>
/// <param name="CurrentDraw">Current drawn from the battery, A.</param>
/// <param name="Speed">Speed of the car, m/s.</param>
/// <param name="EngineVibrationAmplitude">Vibration of the engine, mm/s.</param>
/// <param name="ThrottlePos">Position of the throttle, 0 to 1.</param>
/// <param name="TirePressure11">Pressure of the front left tire, psi.</param>
/// <param name="TirePressure12">Pressure of the front right tire, psi.</param>
/// <param name="TirePressure21">Pressure of the rear left tire, psi.</param>
/// <param name="TirePressure22">Pressure of the rear right tire, psi.</param>
/// <param name="Accelerometer11">Acceleration at the front left wheel, m/s².</param>
/// <param name="Accelerometer12">Acceleration at the front right wheel, m/s².</param>
/// <param name="Accelerometer21">Acceleration at the rear left wheel, m/s².</param>
/// <param name="Accelerometer22">Acceleration at the rear right wheel, m/s².</param>
/// <param name="ControlUnitFirmware">Version of the firmware.</param>
/// <param name="FailureOccurred">"true" or "false": known to the generator, and never shown to the model.</param>
/// <param name="Car">The car, which is also the record's key.</param>
internal sealed record CarReading(
    [property: DataMember(Name = "coolant_temp")] double CoolantTemp,
    [property: DataMember(Name = "intake_air_temp")] double IntakeAirTemp,
    [property: DataMember(Name = "intake_air_flow_speed")] double IntakeAirFlowSpeed,
    [property: DataMember(Name = "battery_percentage")] double BatteryPercentage,
    [property: DataMember(Name = "battery_voltage")] double BatteryVoltage,
    [property: DataMember(Name = "current_draw")] double CurrentDraw,
    [property: DataMember(Name = "speed")] double Speed,
    [property: DataMember(Name = "engine_vibration_amplitude")] double EngineVibrationAmplitude,
    [property: DataMember(Name = "throttle_pos")] double ThrottlePos,
    [property: DataMember(Name = "tire_pressure_1_1")] int TirePressure11,
    [property: DataMember(Name = "tire_pressure_1_2")] int TirePressure12,
    [property: DataMember(Name = "tire_pressure_2_1")] int TirePressure21,
    [property: DataMember(Name = "tire_pressure_2_2")] int TirePressure22,
    [property: DataMember(Name = "accelerometer_1_1_value")] double Accelerometer11,
    [property: DataMember(Name = "accelerometer_1_2_value")] double Accelerometer12,
    [property: DataMember(Name = "accelerometer_2_1_value")] double Accelerometer21,
    [property: DataMember(Name = "accelerometer_2_2_value")] double Accelerometer22,
    [property: DataMember(Name = "control_unit_firmware")] int ControlUnitFirmware,
    [property: DataMember(Name = "failure_occurred")] string FailureOccurred,
    [property: DataMember(Name = "car")] string Car)
{
    /// <summary>The names of the 18 sensors in the JSON, which are the model's inputs.</summary>
    public static readonly string[] Sensors =
    [
        "coolant_temp", "intake_air_temp", "intake_air_flow_speed", "battery_percentage", "battery_voltage", "current_draw", "speed",
        "engine_vibration_amplitude", "throttle_pos", "tire_pressure_1_1", "tire_pressure_1_2", "tire_pressure_2_1", "tire_pressure_2_2",
        "accelerometer_1_1_value", "accelerometer_1_2_value", "accelerometer_2_1_value", "accelerometer_2_2_value", "control_unit_firmware",
    ];
}
