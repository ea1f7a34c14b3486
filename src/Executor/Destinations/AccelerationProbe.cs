namespace Migrate.Executor.Destinations;

/// <summary>What the probe found: <paramref name="DomainType"/> is kvm | qemu; a remedy where it is not the better one.</summary>
public sealed record Acceleration(string DomainType, bool Proven, string Detail, string? Remedy);

/// <summary>
/// Finds out whether KVM works, by booting a Linux kernel under it and watching the serial console for life. That /dev/kvm exists
/// proves nothing: on some nested hosts a guest starts and hangs.
/// </summary>
public sealed class AccelerationProbe
{
    /// <summary>A bzImage or ELF kernel to boot; null looks for one in /boot.</summary>
    public string? KernelPath { get; init; }
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);

    public Task<Acceleration> RunAsync(TimeProvider time, CancellationToken cancellationToken) => throw new NotImplementedException();
}
