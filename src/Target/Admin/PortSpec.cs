using System.Net;

namespace Migrate.Target.Admin;

/// <summary>A further port to listen on, beside the one or two that <see cref="TargetOptions"/> has of its own.</summary>
/// <param name="Id">Its number, from 10 to 65535: access states and subsystems refer to it, so it must stay the same over restarts.</param>
/// <param name="Address">Address to listen on.</param>
/// <param name="Port">TCP port; 0 takes any free one.</param>
/// <param name="DiscoveryOnly">True for a port at which hosts may ask what there is, but do no I/O.</param>
/// <param name="Tls">True for a port at which hosts must speak TLS 1.3 with a pre-shared key (<see cref="NvmeTarget.SetTlsKey"/>).</param>
public sealed record PortSpec(ushort Id, IPAddress Address, int Port, bool DiscoveryOnly = false, bool Tls = false);
