// The one place that names the actor engine: docs/adr/0001.
#if ACTOR_ENGINE_AKKA
global using Akka.Actor;
#else
global using VideoMesh.Actors.Kernel;
#endif
