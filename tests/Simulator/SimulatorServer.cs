using Migrate.Simulator.Estates;
using Migrate.Simulator.Faults;

namespace Migrate.Simulator;

/// <summary>A running simulated vCenter.</summary>
public sealed class SimulatorServer : IAsyncDisposable
{
    /// <summary>https://127.0.0.1:port</summary>
    public Uri Url => throw new NotImplementedException();

    /// <summary>SHA-256 of the certificate, colon-separated upper-case hex.</summary>
    public string Thumbprint => throw new NotImplementedException();

    public string UserName => throw new NotImplementedException();

    public string Password => throw new NotImplementedException();

    public SimulatorFaults Faults { get; } = new();

    /// <summary>poweredOn, poweredOff or suspended.</summary>
    public string PowerStateOf(string vmName) => throw new NotImplementedException();

    public static Task<SimulatorServer> StartAsync(Estate estate, SimulatorOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
