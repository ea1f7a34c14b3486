using System.Net;

namespace Migrate.Target.Admin;

/// <summary>A port on which the target listens.</summary>
/// <param name="Id">Its number: 1 for the main port, 2 for the discovery port of the options, else that of its <see cref="PortSpec"/>.</param>
/// <param name="EndPoint">Address and port.</param>
/// <param name="DiscoveryOnly">True when hosts may only ask there.</param>
/// <param name="Tls">True when hosts must speak TLS 1.3 there.</param>
public sealed record PortInfo(ushort Id, IPEndPoint EndPoint, bool DiscoveryOnly, bool Tls = false);
