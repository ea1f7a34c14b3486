using Migrate.Target.Reservations;

namespace Migrate.Target.Namespaces;

/// <summary>Who may touch a namespace's storage, and what of it must wait. One rule after the other, each for an <see cref="AccessPeriod"/>.</summary>
/// <param name="Backing">The storage; null while the namespace is offline.</param>
/// <param name="GrantedHostNqn">The only host that may; null for any.</param>
/// <param name="Reservation">What is reserved; null while no host holds a reservation.</param>
/// <param name="Guard">Blocks that one command has for itself.</param>
internal sealed record AccessRule(Backing? Backing, string? GrantedHostNqn, ReservationState? Reservation = null, RangeGuard? Guard = null);
